import assert from "node:assert/strict";

import { type ErrorCode, ImageError } from "../../src/errors.ts";
import { parseRequest, type RequestArguments } from "../../src/requests/parse.ts";
import type { Attempt, Plan, PlannedRequest } from "../../src/requests/request.ts";
import { type ProviderSet, route } from "../../src/requests/route.ts";
import { translate } from "../../src/requests/translate.ts";
import type { Capabilities, ImageProvider } from "../../src/providers/provider.ts";

const hunyuan = fake("hunyuan", {
  styles: {
    riman: style("日漫动画 Japanese anime"),
    shuimo: style("水墨画 Chinese ink wash"),
    saibopengke: style("赛博朋克 Cyberpunk"),
    xieshi: style("写实 Realistic"),
    "3dxuanran": style("3D 渲染 3D rendering"),
    xinnianhuayi: style("新年花艺 New Year flowers"),
  },
  sizes: {
    listed: { "1024:1024": "1:1", "768:768": "1:1", "1024:768": "4:3", "1280:720": "16:9" },
    default: "1024:1024",
    range: { minSide: 512, maxSide: 2048, maxPixels: 1_048_576 },
  },
  maxPromptLength: 100,
  seed: { minimum: 1, maximum: 4_294_967_295 },
});

const openai = fake("openai", {
  styles: {
    natural: style("自然风格 (natural)", ""),
    anime: style("动漫风格 (anime)"),
    watercolor: style("水彩风格 (watercolor)"),
    oil_painting: style("油画风格 (oil painting)"),
    photographic: style("摄影风格 (photographic)"),
    vivid: style("生动风格 (vivid)"),
  },
  sizes: {
    listed: { "1024x1024": "1:1", "1536x1024": "3:2", "1024x1536": "2:3", auto: "the model's" },
    default: "1024x1024",
  },
  maxPromptLength: 1000,
  options: {
    quality: { values: ["auto", "low", "medium", "high"] },
    background: { values: ["transparent", "opaque", "auto"] },
    output_format: { values: ["png", "jpeg", "webp"] },
    output_compression: { minimum: 0, maximum: 100 },
    moderation: { values: ["low", "auto"] },
  },
}, { models: ["gpt-image-2.5-flare", "gpt-image-2"] });

/** Its older model draws smaller pictures. */
const doubao = fake("doubao", {
  styles: {
    general: style("通用风格 General", ""),
    anime: style("动漫风格 Anime"),
    watercolor: style("水彩风格 Watercolour"),
    chinese_painting: style("国画风格 Traditional Chinese painting"),
    cyberpunk: style("赛博朋克 Cyberpunk"),
    realistic: style("写实风格 Realistic photograph"),
  },
  sizes: {
    listed: { "2048x2048": "1:1", "2560x1440": "16:9", "1152x864": "4:3" },
    default: "2048x2048",
    range: { minSide: 240, maxSide: 8601, minPixels: 921_600, maxPixels: 4_624_220 },
  },
  maxPromptLength: 300,
  options: { output_format: { values: ["png", "jpeg"] } },
}, {
  models: ["seedream-5"],
  ofModel: {
    "seedream-3": { sizes: { listed: { "1024x768": "4:3" }, default: "1024x768" }, options: {} },
  },
});

const all = candidates([hunyuan, openai, doubao]);

interface Expected {
  readonly provider?: string;
  readonly named?: boolean;
  readonly request?: Partial<PlannedRequest>;
  readonly warnings?: readonly RegExp[];
}

type Row = readonly [
  what: string,
  args: Partial<RequestArguments>,
  expected: Expected,
  among?: ProviderSet,
];

const CHOICES: readonly Row[] = [
  ["nothing but a prompt", {}, { provider: "hunyuan", named: false, request: { count: 1 } }],
  ["a provider in any letter case", { provider: " OpenAI " }, { provider: "openai", named: true }],
  ["the provider 'auto'", { provider: "Auto" }, { provider: "hunyuan", named: false }],
  [
    "empty texts, which are absent",
    {
      provider: "",
      style: " ",
      resolution: "",
      aspect_ratio: "",
      negative_prompt: "",
      quality: "",
      model: "",
      background: "",
      output_format: "",
      moderation: "",
    },
    { provider: "hunyuan", request: { count: 1, options: {} } },
  ],
  [
    "'auto' in everything",
    { provider: "auto", style: "auto", resolution: "auto", aspect_ratio: "auto" },
    { provider: "hunyuan", request: { count: 1, options: {} } },
  ],

  // The predecessor's README.
  [
    "a provider as prefix of style and resolution",
    { style: "hunyuan:saibopengke", resolution: "hunyuan:1024:768" },
    { provider: "hunyuan", named: true, request: { style: "saibopengke", size: "1024x768" } },
  ],
  [
    "a prefix that agrees with the provider",
    { provider: "hunyuan", style: "hunyuan:saibopengke" },
    { provider: "hunyuan", named: true, request: { style: "saibopengke" } },
  ],
  [
    "a size that is too small for the named provider, by the nearest of its shape",
    { provider: "doubao", resolution: "1024x768" },
    {
      provider: "doubao",
      request: { size: "1152x864" },
      warnings: [
        /^doubao does not draw 1024x768, so 1152x864 was drawn, the nearest of that shape$/,
      ],
    },
  ],
  [
    "a word for a shape as resolution",
    { resolution: "landscape", provider: "openai" },
    { request: { size: "1536x1024" }, warnings: [] },
  ],
  [
    "a word for a shape beside its provider",
    { resolution: "openai:portrait" },
    { provider: "openai", request: { size: "1024x1536" }, warnings: [] },
  ],
  [
    "a size that is too large for everybody, by the first that draws its shape",
    { resolution: "9999x9999" },
    {
      provider: "hunyuan",
      request: { size: "1024x1024" },
      warnings: [/^hunyuan does not draw 9999x9999, so 1024x1024 was drawn/],
    },
  ],
  [
    "a size that another draws exactly, rather than one that is only near",
    { resolution: "2560x1440" },
    {
      provider: "doubao",
      request: { size: "2560x1440" },
      warnings: [/^hunyuan cannot draw '2560x1440' and openai cannot .*, so doubao was chosen$/],
    },
  ],
  [
    "a tier that is too large for the named provider",
    { provider: "hunyuan", resolution: "4K" },
    { request: { size: "1024x1024" }, warnings: [/does not draw 4K, so 1024x1024 was drawn/] },
  ],
  [
    "a resolution with a colon and no provider",
    { resolution: "1024:768" },
    { provider: "hunyuan", named: false, request: { size: "1024x768" } },
  ],
  [
    "a prefixed resolution in the other notation",
    { resolution: "hunyuan:1024x768" },
    { provider: "hunyuan", named: true, request: { size: "1024x768" } },
  ],
  [
    "a prefixed style alone",
    { style: "doubao:anime" },
    { provider: "doubao", named: true, request: { style: "anime" } },
  ],
  [
    "a provider, its style and its size",
    { provider: "openai", style: "anime", resolution: "1536x1024" },
    { provider: "openai", named: true, request: { style: "anime", size: "1536x1024" } },
  ],
  [
    "a size that only the model named draws",
    { provider: "doubao", resolution: "1024x768", model: "seedream-3" },
    { provider: "doubao", request: { size: "1024x768", model: "seedream-3" } },
  ],
  [
    "prefixes in any letter case, with spaces and a Chinese colon",
    { style: " HunYuan : riman ", resolution: "hunyuan：1024：768" },
    { provider: "hunyuan", request: { style: "riman", size: "1024x768" } },
  ],

  // Styles by any name.
  ["a style in any letter case", { style: "RiMan" }, { request: { style: "riman" } }],
  ["a style's Chinese name", { style: "水墨画" }, { request: { style: "shuimo" } }],
  ["a Chinese name with digits", { style: "3D 渲染" }, { request: { style: "3dxuanran" } }],
  ["a style's English name", { style: "chinese ink wash" }, { request: { style: "shuimo" } }],
  ["a whole label", { style: "写实 Realistic" }, { request: { style: "xieshi" } }],
  [
    "a Chinese name without its last word, and one in brackets",
    { provider: "openai", style: "油画" },
    { request: { style: "oil_painting" } },
  ],
  [
    "a style with a space or a hyphen",
    { provider: "openai", style: "Oil-Painting" },
    { request: { style: "oil_painting" } },
  ],

  // Which provider can.
  [
    "a style that the first provider lacks",
    { style: "watercolor" },
    {
      provider: "openai",
      named: false,
      request: { style: "watercolor" },
      warnings: [/^hunyuan has no style 'watercolor', so openai was chosen$/],
    },
  ],
  [
    "a size that two providers lack",
    { resolution: "2560x1440" },
    {
      provider: "doubao",
      warnings: [
        /^hunyuan cannot draw '2560x1440' and openai cannot draw '2560x1440', so doubao was/,
      ],
    },
  ],
  [
    "a style and a size that only one provider has together",
    { style: "anime", resolution: "2048x2048" },
    { provider: "doubao" },
  ],
  [
    "an option of one provider",
    { background: "transparent", output_format: "png" },
    {
      provider: "openai",
      request: { options: { background: "transparent", output_format: "png" } },
      warnings: [/^hunyuan takes no background 'transparent', so openai was chosen$/],
    },
  ],
  [
    "a prompt too long for the first",
    { prompt: "x".repeat(101) },
    { provider: "openai", warnings: [/at most 100 characters and this one has 101, so openai/] },
  ],
  [
    "a model that another provider has",
    { model: "GPT-Image-2" },
    {
      provider: "openai",
      named: false,
      request: { model: "GPT-Image-2" },
      warnings: [/^hunyuan does not know model 'GPT-Image-2', so openai was chosen$/],
    },
  ],
  [
    "a model that nobody names, since lists are never complete",
    { model: "brand-new" },
    { provider: "hunyuan", request: { model: "brand-new" }, warnings: [] },
  ],
  [
    "the order of preference",
    { style: "watercolor" },
    { provider: "doubao", warnings: [] },
    candidates([doubao, openai]),
  ],

  // Sizes.
  ["a legal size in a range", { resolution: "520X600" }, { request: { size: "520x600" } }],
  [
    "a size in the spelling 1024*768",
    { resolution: "1024*768" },
    { request: { size: "1024x768" } },
  ],
  [
    "'auto' where the vendor chooses",
    { provider: "openai", resolution: "auto" },
    { request: { size: "auto" } },
  ],
  ["an aspect ratio", { aspect_ratio: "16:9" }, { request: { size: "1280x720" }, warnings: [] }],
  [
    "an aspect ratio that is not drawn",
    { provider: "openai", aspect_ratio: "16:9" },
    {
      request: { size: "1536x1024" },
      warnings: [/^openai draws no 16:9 pictures; the closest it draws, 1536x1024, was used$/],
    },
  ],
  [
    "a size and its aspect ratio",
    { resolution: "1280:720", aspect_ratio: "1.77" },
    { request: { size: "1280x720" }, warnings: [] },
  ],
  [
    "'auto' and an aspect ratio",
    { provider: "openai", resolution: "auto", aspect_ratio: "3:2" },
    { request: { size: "1536x1024" } },
  ],
  ["a tier", { provider: "doubao", resolution: "2k" }, { request: { size: "2048x2048" } }],
  [
    "a tier and an aspect ratio",
    { provider: "doubao", resolution: "1K", aspect_ratio: "4:3" },
    { request: { size: "1152x864" } },
  ],
  [
    "a tier that the first does not draw",
    { resolution: "2K" },
    { provider: "doubao", request: { size: "2048x2048" } },
  ],

  // The rest of the request.
  [
    "a negative prompt and a count beyond one call",
    { negative_prompt: " dogs ", n: 10 },
    { request: { negativePrompt: "dogs", count: 10 } },
  ],
  ["a seed", { seed: 42 }, { request: { seed: 42 }, warnings: [] }],
  [
    "a seed where there is none",
    { provider: "openai", seed: 42 },
    {
      request: { count: 1, options: {} },
      warnings: [/^openai takes no seed, so seed 42 was left/],
    },
  ],
  [
    "a quality where there is none",
    { quality: "high" },
    {
      provider: "hunyuan",
      request: { options: {} },
      warnings: [/^hunyuan has no setting 'quality', so quality 'high' was left out$/],
    },
  ],
  [
    "options in any letter case, and 'jpg'",
    { provider: "openai", quality: "HIGH", output_format: "JPG", output_compression: 80 },
    { request: { options: { quality: "high", output_format: "jpeg", output_compression: 80 } } },
  ],
  [
    "'auto' for options that the provider lacks",
    { background: "auto", moderation: "auto", quality: "auto" },
    { provider: "hunyuan", request: { count: 1, options: {} }, warnings: [] },
  ],
];

for (const [what, args, expected, among = all] of CHOICES) {
  Deno.test(`the choice honours ${what}`, () => {
    const { attempts } = plan({ prompt: "a cat", ...args }, among);
    const [first, ...others] = attempts;

    if (expected.provider) assert.equal(first.provider, expected.provider);
    if (expected.named !== undefined) assert.equal(others.length === 0, expected.named);
    if (expected.request) assertRequest(first, expected.request);
    if (expected.warnings) assertWarnings(first, expected.warnings);
  });
}

Deno.test("a request holds what was asked for and no other field", () => {
  const { attempts: [{ request }], request: { filePrefix } } = plan({
    prompt: " a cat ",
    file_prefix: "cats",
  });

  assert.deepEqual(request, {
    operation: "generate",
    prompt: " a cat ",
    inputs: [],
    count: 1,
    options: {},
  });
  assert.equal(filePrefix, "cats");
});

const REFUSALS: readonly (readonly [
  what: string,
  args: Partial<RequestArguments>,
  code: ErrorCode,
  message: RegExp,
  details?: Record<string, unknown>,
  among?: ProviderSet,
])[] = [
  [
    "two different providers in the prefixes",
    { style: "openai:anime", resolution: "doubao:2048x2048" },
    "invalid_parameters",
    /'style' names provider 'openai' and 'resolution' names 'doubao'/,
  ],
  [
    "a prefix that contradicts the provider",
    { provider: "hunyuan", resolution: "doubao:2048x2048" },
    "invalid_parameters",
    /'provider' names provider 'hunyuan' and 'resolution' names 'doubao'/,
  ],
  [
    "two different providers even when one is off",
    { style: "openai:anime", resolution: "doubao:2048x2048" },
    "invalid_parameters",
    /'style' names provider 'openai'/,
    undefined,
    candidates([openai], { doubao: ["DOUBAO_API_KEY"] }),
  ],
  [
    "an unknown provider",
    { provider: "hunyaun" },
    "provider_unavailable",
    /no provider 'hunyaun'\. Did you mean 'hunyuan'\? Available: 'hunyuan', 'openai' or 'doubao'/,
    { provider: "hunyaun" },
  ],
  [
    "an unknown prefix",
    { style: "dubao:anime" },
    "provider_unavailable",
    /no provider 'dubao', which 'style' names\. Did you mean 'doubao'\?/,
    { provider: "dubao" },
  ],
  [
    "an unknown prefix of a size",
    { resolution: "foo:1024:768" },
    "provider_unavailable",
    /no provider 'foo', which 'resolution' names/,
  ],
  [
    "a provider that is off",
    { provider: "Doubao" },
    "provider_unavailable",
    /'doubao' is not configured\. Set DOUBAO_API_KEY in the server's \.env file, then call reload_config\. Available: 'hunyuan'/,
    { provider: "doubao", missing: ["DOUBAO_API_KEY"] },
    candidates([hunyuan], { doubao: ["DOUBAO_API_KEY"] }),
  ],
  [
    "a provider that is off where none is on",
    { provider: "doubao" },
    "provider_unavailable",
    /Set DOUBAO_API_KEY in .+\. No provider is configured/,
    { provider: "doubao", missing: ["DOUBAO_API_KEY"] },
    candidates([], { doubao: ["DOUBAO_API_KEY"] }),
  ],
  [
    "any request where no provider is on",
    {},
    "provider_missing",
    /In the server's \.env file set OPENAI_API_KEY for 'openai', or DOUBAO_API_KEY for 'doubao', then/,
    { missing: { openai: ["OPENAI_API_KEY"], doubao: ["DOUBAO_API_KEY"] } },
    candidates([], { openai: ["OPENAI_API_KEY"], doubao: ["DOUBAO_API_KEY"] }),
  ],
  [
    "a misspelt style",
    { provider: "openai", style: "watercolr" },
    "invalid_style",
    /'openai' has no style 'watercolr'\. The nearest style is 'watercolor'\. Its styles are 'natu/,
    {
      provider: "openai",
      style: "watercolr",
    },
  ],
  [
    "a style that other providers have",
    { provider: "hunyuan", style: "watercolor" },
    "invalid_style",
    /'hunyuan' has no style 'watercolor'\. Provider 'openai' or 'doubao' has it/,
  ],
  [
    "a misspelt style that nobody has, by the first provider",
    { style: "watercolr" },
    "invalid_style",
    /'hunyuan' has no .* The nearest style is 'watercolor' of provider 'openai' or 'doubao'/,
  ],
  [
    "a style whose providers cannot draw the size",
    { style: "vivid", resolution: "2560x1440" },
    "invalid_style",
    /'hunyuan' has no style 'vivid'\. Provider 'openai' has it/,
  ],
  [
    "a style of a provider that has none",
    { style: "anime" },
    "invalid_style",
    /'bare' has no style 'anime'\. It has no styles/,
    { provider: "bare", style: "anime" },
    candidates([fake("bare", {})]),
  ],
  [
    "a size of a shape that the model does not draw",
    { provider: "openai", resolution: "1024x768" },
    "invalid_resolution",
    /cannot draw '1024x768'\. The nearest size is 1536x1024\. It draws 1024x1024, 1536x1024/,
    {
      provider: "openai",
      resolution: "1024x768",
    },
  ],
  [
    "a size of a shape that nobody draws, by the first provider",
    { resolution: "4000x100" },
    "invalid_resolution",
    /'openai' cannot draw '4000x100'\. The nearest size is 1536x1024/,
    undefined,
    candidates([openai]),
  ],
  [
    "a resolution that nobody can read",
    { resolution: "hunyuan:huge" },
    "invalid_resolution",
    /knows no resolution 'huge'\. It draws 1024:1024/,
  ],
  [
    "numbers that are no size",
    { resolution: "1024:768:3" },
    "invalid_resolution",
    /knows no resolution '1024:768:3'/,
  ],
  [
    "a shape as a resolution, and another one beside it",
    { resolution: "16:9", aspect_ratio: "9:16" },
    "invalid_parameters",
    /resolution '16:9' is not of aspect_ratio '9:16'/,
  ],
  [
    "a square that is to be wide",
    { resolution: "square", aspect_ratio: "16:9" },
    "invalid_parameters",
    /resolution 'square' is not of aspect_ratio '16:9'/,
  ],
  [
    "a tier in a shape that is not drawn",
    { provider: "openai", resolution: "4K", aspect_ratio: "16:9" },
    "invalid_resolution",
    /cannot draw '4K' of aspect_ratio '16:9'\. The nearest size is 1536x1024/,
  ],
  [
    "an aspect ratio that nobody can read",
    { aspect_ratio: "roomy" },
    "invalid_parameters",
    /Cannot read aspect_ratio 'roomy': write it as '16:9'/,
  ],
  [
    "a size that is not of the aspect ratio",
    { resolution: "1024x768", aspect_ratio: "16:9" },
    "invalid_parameters",
    /resolution '1024x768' is not of aspect_ratio '16:9'/,
  ],
  [
    "a seed out of range",
    { seed: 0 },
    "invalid_parameters",
    /takes whole seeds from 1 to 4294967295, not 0/,
    { provider: "hunyuan", seed: 0, minimum: 1, maximum: 4_294_967_295 },
  ],
  ["a broken seed", { seed: 1.5 }, "invalid_parameters", /takes whole seeds/],
  [
    "an option that no provider has",
    { moderation: "low" },
    "invalid_parameters",
    /'hunyuan' has no setting 'moderation'\. Leave it out: no configured provider has it$/,
    undefined,
    candidates([hunyuan, doubao]),
  ],
  [
    "an option that another provider has",
    { provider: "doubao", background: "transparent" },
    "invalid_parameters",
    /'doubao' takes no background 'transparent'\. Leave it out, or use provider 'openai'$/,
    { provider: "doubao", background: "transparent", legal_values: ["opaque", "auto"] },
  ],
  [
    "a transparent background that nobody has",
    { background: "transparent" },
    "invalid_parameters",
    /'hunyuan' takes no background 'transparent'\. Leave it out: no configured provider has it$/,
    undefined,
    candidates([hunyuan, doubao]),
  ],
  [
    "a background and a format that do not exist, where there is no setting for them",
    { provider: "hunyuan", background: "purple" },
    "invalid_parameters",
    /'hunyuan' takes no background 'purple'\. 'background' must be 'opaque' or 'auto'$/,
  ],
  [
    "an output format that nobody makes",
    { provider: "hunyuan", output_format: "avif" },
    "invalid_parameters",
    /takes no output_format 'avif'\. 'output_format' must be 'png', 'jpeg' or 'webp'$/,
    { provider: "hunyuan", output_format: "avif" },
  ],
  [
    "a compression out of range, where there is no setting for it",
    { provider: "hunyuan", output_format: "webp", output_compression: 101 },
    "invalid_parameters",
    /'output_compression' must be a whole number from 0 to 100$/,
    { provider: "hunyuan", output_compression: 101, minimum: 0, maximum: 100 },
  ],
  [
    "an illegal value",
    { provider: "openai", background: "purple" },
    "invalid_parameters",
    /takes no background 'purple'\. 'background' must be 'transparent', 'opaque' or 'auto'/,
    {
      provider: "openai",
      background: "purple",
    },
  ],
  [
    "an illegal number",
    { provider: "openai", output_format: "webp", output_compression: 101 },
    "invalid_parameters",
    /'output_compression' must be a whole number from 0 to 100/,
    { provider: "openai", output_compression: 101, minimum: 0, maximum: 100 },
  ],
  [
    "an illegal quality, rather than a provider that would leave it out",
    { quality: "sublime" },
    "invalid_parameters",
    /'openai' takes no quality 'sublime'. 'quality' must be 'auto', 'low', 'medium' or 'high'/,
    undefined,
    candidates([openai, hunyuan]),
  ],
  [
    "compression without a format",
    { output_compression: 50 },
    "invalid_parameters",
    /'output_compression' needs output_format 'jpeg' or 'webp'/,
  ],
  [
    "compression of a PNG",
    { output_format: "png", output_compression: 0 },
    "invalid_parameters",
    /'output_compression' needs output_format 'jpeg' or 'webp'/,
  ],
  [
    "a transparent JPEG",
    { background: "transparent", output_format: "jpg" },
    "invalid_parameters",
    /needs output_format 'png' or 'webp'/,
  ],
  [
    "a prompt longer than the provider takes",
    { provider: "hunyuan", prompt: "x".repeat(101) },
    "invalid_parameters",
    /at most 100 characters and this one has 101/,
    { provider: "hunyuan", length: 101, max_length: 100 },
  ],
  ["an empty prompt", { prompt: " \n" }, "invalid_parameters", /The prompt is empty/],
  ["no pictures", { n: 0 }, "invalid_parameters", /'n' must be a whole number from 1 to 10/],
  ["eleven pictures", { n: 11 }, "invalid_parameters", /current value is 11/],
  ["half a picture", { n: 0.5 }, "invalid_parameters", /'n' must be a whole number/],
];

for (const [what, args, code, message, details, among = all] of REFUSALS) {
  Deno.test(`the choice refuses ${what}`, () => {
    assert.throws(() => plan({ prompt: "a cat", ...args }, among), (error) => {
      assert.ok(error instanceof ImageError);
      assert.match(error.message, message);
      assert.equal(error.code, code);
      if (details) assert.deepEqual(error.details, details);
      return true;
    });
  });
}

const TRANSLATIONS: readonly (readonly [
  what: string,
  args: Partial<RequestArguments>,
  to: ImageProvider,
  request: Partial<PlannedRequest>,
  warnings: readonly RegExp[],
])[] = [
  ["a plain request", { n: 3, negative_prompt: "dogs" }, openai, {
    count: 3,
    negativePrompt: "dogs",
    options: {},
  }, []],
  ["a style to its namesake", { style: "openai:anime" }, doubao, { style: "anime" }, []],
  ["a style to its kin", { style: "riman" }, openai, { style: "anime" }, [
    /^openai has no style 'riman', so 'anime' was used$/,
  ]],
  ["ink wash to Chinese painting", { style: "shuimo" }, doubao, { style: "chinese_painting" }, [
    /^doubao has no style 'shuimo'/,
  ]],
  ["ink wash to watercolour, where there is no Chinese painting", { style: "shuimo" }, openai, {
    style: "watercolor",
  }, [/^openai has no style 'shuimo', so 'watercolor' was used$/]],
  ["ink wash back again", { style: "doubao:chinese_painting" }, hunyuan, { style: "shuimo" }, [
    /./,
  ]],
  ["cyberpunk", { style: "saibopengke" }, doubao, { style: "cyberpunk" }, [/./]],
  ["realism to what is nearest", { style: "xieshi" }, openai, { style: "photographic" }, [/./]],
  ["a photograph to realism", { style: "openai:photographic" }, doubao, { style: "realistic" }, [
    /./,
  ]],
  [
    "a style to one of the same Chinese name",
    { style: "saibopengke" },
    fake("other", { styles: { plain: style("平淡 Plain"), neon: style("赛博朋克风格 Neon") } }),
    { style: "neon" },
    [/^other has no style 'saibopengke', so 'neon' was used$/],
  ],
  ["a style that nothing is like to none", { style: "xinnianhuayi" }, openai, { options: {} }, [
    /^openai has nothing like the style 'xinnianhuayi' of hunyuan, so none was used$/,
  ]],
  ["one neutral style to another", { style: "openai:natural" }, doubao, { style: "general" }, []],
  ["a neutral style to none", { style: "openai:natural" }, hunyuan, { options: {} }, []],
  ["a size that both draw", { resolution: "1024:1024" }, openai, { size: "1024x1024" }, []],
  ["a size to the nearest", { resolution: "1024:768" }, doubao, { size: "1152x864" }, [
    /^doubao cannot draw 1024x768, so 1152x864 was used$/,
  ]],
  [
    "a size with its aspect ratio to the nearest size",
    { resolution: "1024:768", aspect_ratio: "4:3" },
    openai,
    { size: "1536x1024" },
    [/^openai cannot draw 1024x768, so 1536x1024 was used$/],
  ],
  ["a shape anew, not its approximation", { aspect_ratio: "16:9" }, doubao, {
    size: "2560x1440",
  }, []],
  [
    "a shape beside 'auto' anew",
    { provider: "openai", resolution: "auto", aspect_ratio: "16:9" },
    doubao,
    { size: "2560x1440" },
    [],
  ],
  ["a shape to the closest", { aspect_ratio: "16:9" }, openai, { size: "1536x1024" }, [
    /^openai draws no 16:9 pictures/,
  ]],
  ["a tier to the nearest size", { resolution: "doubao:2K" }, hunyuan, { size: "1024x1024" }, [
    /^hunyuan cannot draw 2048x2048, so 1024x1024 was used$/,
  ]],
  ["'auto'", { provider: "openai", resolution: "auto" }, doubao, { options: {} }, []],
  ["a seed", { seed: 42 }, openai, { options: {} }, [/^openai takes no seed, so seed 42/]],
  ["a seed that the first provider lacked", { provider: "openai", seed: 42 }, hunyuan, {
    seed: 42,
  }, []],
  ["a seed that is out of range", { provider: "openai", seed: 0 }, hunyuan, { options: {} }, [
    /^hunyuan takes seeds from 1 to 4294967295, so seed 0 was left out$/,
  ]],
  ["a quality that the first provider lacked", { quality: "high" }, openai, {
    options: { quality: "high" },
  }, []],
  ["a quality by another word", { quality: "best" }, openai, { options: { quality: "high" } }, [
    /^quality 'best' was taken as 'high'$/,
  ]],
  ["an unknown quality", { quality: "sublime" }, openai, { options: {} }, [
    /^openai takes no quality 'sublime', so it was left out$/,
  ]],
  ["a quality to a provider that has none", { provider: "openai", quality: "high" }, doubao, {
    options: {},
  }, [/^doubao has no setting 'quality', so quality 'high' was left out$/]],
  [
    "options that it has, those that are made of its pictures, and those it lacks",
    { provider: "openai", background: "opaque", output_format: "jpeg", moderation: "low" },
    doubao,
    { options: { output_format: "jpeg" } },
    [/^doubao takes no moderation 'low', so it was left out$/],
  ],
  [
    "a transparent background to one that has none",
    { provider: "openai", background: "transparent", output_format: "webp" },
    hunyuan,
    { options: {} },
    [/^hunyuan takes no background 'transparent', so it was left out$/],
  ],
  [
    "a format and its compression to one that has neither",
    { provider: "openai", output_format: "webp", output_compression: 50 },
    hunyuan,
    { options: {} },
    [],
  ],
  ["a model to none", { model: "gpt-image-2" }, doubao, { options: {} }, [
    /^model 'gpt-image-2' is not doubao's, so doubao's own model drew$/,
  ]],
];

for (const [what, args, to, expected, warnings] of TRANSLATIONS) {
  Deno.test(`for another provider the choice translates ${what}`, () => {
    const translated = translation({ prompt: "a cat", ...args }, to);

    assert.equal(translated.provider, to.name);
    assertRequest(translated, expected);
    assertWarnings(translated, warnings);
  });
}

Deno.test("what was said of the first provider is not said of the one that draws", () => {
  const args = { prompt: "a cat", quality: "high" };
  assertWarnings(plan(args).attempts[0], [/hunyuan has no setting 'quality'/]);

  assertWarnings(translation(args, openai), []);
});

Deno.test("the request is not translated for a provider whose prompts are shorter", () => {
  const args = { prompt: "x".repeat(500), provider: "openai" };

  assert.throws(() => translation(args, doubao), {
    code: "invalid_parameters",
    details: { provider: "doubao", length: 500, max_length: 300 },
  });
});

function plan(args: RequestArguments, among = all): Plan {
  return route(parseRequest(args), among);
}

/** What `to` would draw if the first choice of the plan could not. */
function translation(args: RequestArguments, to: ImageProvider): Attempt {
  const request = parseRequest(args);
  const [first] = route(request, all).attempts;
  return translate(request, first.request, all.on.get(first.provider)!, to);
}

/** The request is as `expected` says and has nothing else in it. */
function assertRequest({ request }: Attempt, expected: Partial<PlannedRequest>): void {
  assert.deepEqual(request, {
    operation: "generate",
    prompt: "a cat",
    inputs: [],
    count: 1,
    options: {},
    ...expected,
  });
}

function assertWarnings({ warnings }: Attempt, patterns: readonly RegExp[]): void {
  assert.equal(warnings.length, patterns.length, warnings.join("\n"));
  for (const [index, pattern] of patterns.entries()) assert.match(warnings[index]!, pattern);
}

function candidates(
  providers: readonly ImageProvider[],
  off: Readonly<Record<string, readonly string[]>> = {},
): ProviderSet {
  return {
    on: new Map(providers.map((provider) => [provider.name, provider])),
    off: new Map(Object.entries(off)),
  };
}

function fake(
  name: string,
  changes: Partial<Capabilities>,
  { models = [], ofModel = {} }: {
    models?: readonly string[];
    ofModel?: Readonly<Record<string, Partial<Capabilities>>>;
  } = {},
): ImageProvider {
  const capabilities: Capabilities = {
    styles: {},
    sizes: { listed: { "1024x1024": "1:1" }, default: "1024x1024" },
    maxCount: 1,
    maxPromptLength: 1000,
    negativePrompt: "words",
    options: {},
    ...changes,
  };
  return {
    name,
    models,
    capabilities: (model = "") => ({ ...capabilities, ...ofModel[model] }),
    generate: () => Promise.reject(new Error("A choice draws nothing")),
  };
}

function style(label: string, prompt = `in the style of ${label}`) {
  return { label, prompt };
}
