/**
 * What people say, and the call that it must lead to: the words of the tools are written against this
 * list. The calls run in `everyday_requests_test.ts`; whether a model chooses them is tried by hand.
 */

export interface EverydayRequest {
  readonly says: string;
  readonly tool: string;
  readonly args: Readonly<Record<string, unknown>>;
  /** What the text of the answer says, where the point is not a picture. */
  readonly answer?: RegExp;
  /** Whether the sentence that leads on is a refusal. */
  readonly isRefused?: boolean;
  /** How many pictures come; absent where that is not the point. */
  readonly pictures?: number;
}

const draw = (
  says: string,
  args: Readonly<Record<string, unknown>>,
  more: Partial<EverydayRequest> = { pictures: 1 },
): EverydayRequest => ({ says, tool: "generate_image", args, ...more });

const edit = (
  says: string,
  args: Readonly<Record<string, unknown>>,
  more: Partial<EverydayRequest> = { pictures: 1 },
): EverydayRequest => ({ says, tool: "edit_image", args, ...more });

const batch = (
  says: string,
  args: Record<string, unknown>,
  more: Partial<EverydayRequest> = {},
): EverydayRequest => ({ says, tool: "generate_batch", args, ...more });
const compare = (
  says: string,
  args: Readonly<Record<string, unknown>>,
  more: Partial<EverydayRequest> = { pictures: 1 },
): EverydayRequest => ({ says, tool: "compare_images", args, ...more });

const transform = (
  says: string,
  args: Readonly<Record<string, unknown>>,
  more: Partial<EverydayRequest> = { pictures: 1 },
): EverydayRequest => ({
  says,
  tool: "transform_image",
  args: { image: "last", ...args },
  ...more,
});

const PLACEHOLDER =
  /Placeholder, no AI model: set a key like \w+ in .*\.env' and reload_config; icons, logos: render_svg/;

export const EVERYDAY_REQUESTS: readonly EverydayRequest[] = [
  draw("Draw me a cat on a windowsill", { prompt: "A cat on a windowsill" }, {
    pictures: 1,
    answer: PLACEHOLDER,
  }),
  draw("画一只坐在窗台上的猫", { prompt: "一只坐在窗台上的猫" }),
  draw("Make a wide banner of a mountain lake for my website", {
    prompt: "A mountain lake at dawn, wide banner",
    aspect_ratio: "16:9",
  }),
  draw("做一张竖版的海报，主题是茶", { prompt: "茶的海报", aspect_ratio: "竖版" }),
  draw("A square logo for a bakery, please", { prompt: "Bakery logo", aspect_ratio: "square" }),
  draw("A clean product photo of my green bottle, like last time", {
    template: "product_photo",
    variables: { product: "a green glass bottle" },
  }),
  draw("做一张爵士之夜的中文海报，标题是屋顶爵士", {
    template: "poster_zh",
    variables: { 主题: "爵士之夜", 标题: "屋顶爵士" },
  }),
  draw("I need a phone wallpaper of the sea", { prompt: "The sea", aspect_ratio: "9:16" }),
  draw(
    "Give me four different versions of a fox",
    { prompt: "A fox", n: 4, resolution: "256x256" },
    {
      pictures: 4,
      answer: /"next":"Again: get_job job_/,
    },
  ),
  draw("来三张不同的龙", { prompt: "一条龙", n: 3, size: "256x256" }, { pictures: 3 }),
  draw("A watercolour of a cottage", { prompt: "A cottage", style: "watercolor" }),
  draw("水墨画风格的竹子", { prompt: "竹子", style: "国画" }),
  draw("用水彩画一座桥", { prompt: "一座桥", style: "水彩" }),
  draw("Pixel art of a knight, 512 by 512", {
    prompt: "A knight",
    style: "pixel_art",
    width: 512,
    height: 512,
  }),
  draw("A street at night, but no people and no text", {
    prompt: "A street at night",
    negative_prompt: "people, text",
  }, { pictures: 1, answer: /placeholder takes no negative_prompt, so it was left out/ }),
  draw("The same picture again with seed 7", { prompt: "A cat", seed: 7 }, {
    pictures: 1,
    answer: /"seed":7/,
  }),
  draw("In 2K, it is for print", { prompt: "A harbour", resolution: "2K" }),
  draw("Quick, small: 256x256 is enough", { prompt: "A dot", resolution: "256x256" }),
  draw("A really tiny one, 16 pixels", { prompt: "A dot", resolution: "16x16" }, {
    pictures: 1,
    answer: /does not draw 16x16, so 64x64 was drawn/,
  }),
  draw("As high quality as you can", { prompt: "A rose", quality: "high" }, {
    pictures: 1,
    answer: /no setting 'quality', so quality 'high' was left out/,
  }),
  draw("Use DALL-E 3 for this", { prompt: "A rose", provider: "dall-e-3" }, {
    isRefused: true,
    answer: /Provider 'openai', which 'dall-e-3' means, is not configured\. Set OPENAI_API_KEY in /,
  }),
  draw("用豆包画一张", { prompt: "一朵玫瑰", provider: "豆包" }, {
    isRefused: true,
    answer: /Provider 'doubao', which '豆包' means, is not configured\. Set DOUBAO_API_KEY in /,
  }),
  draw("用混元画，日漫风格", { prompt: "一个女孩", style: "混元:riman" }, {
    isRefused: true,
    answer: /Provider 'hunyuan', which '混元' means, is not configured/,
  }),
  draw("Do it with Midjourney", { prompt: "A rose", provider: "midjourney" }, {
    isRefused: true,
    answer: /There is no provider 'midjourney'\. Available: 'placeholder'/,
  }),
  draw("With nano banana", { prompt: "A rose", provider: "nano banana" }, {
    isRefused: true,
    answer: /Provider 'gemini', which 'nano banana' means, is not configured/,
  }),
  draw("Let the server choose who draws", { prompt: "A rose", provider: "auto" }),
  draw("As a PNG", { prompt: "A rose", file_prefix: "rose" }, {
    pictures: 1,
    answer: /\/rose_placeholder_\w+\.png"/,
  }),
  draw("Save it to /tmp/rose.png", { prompt: "A rose", file_prefix: "/tmp/rose.png" }, {
    pictures: 1,
    answer: /only begins the file's name: the file is in the server's own folder, and save_as /,
  }),
  draw("Put the picture on my desktop", { prompt: "A rose", save_as: "~/Desktop/rose.png" }, {
    isRefused: true,
    answer: /save_as may write nowhere here; .* name folders in MCP_SAVE_AS_DIRS in .*\.env/,
  }),
  draw("Start it in the background, I will ask later", { prompt: "A slow one", wait_seconds: 0 }, {
    answer: /Not ready: call get_job with job_id job_/,
  }),
  draw("后台画，先别等", { prompt: "慢慢画", wait_seconds: 0 }, { answer: /get_job/ }),
  draw("Draw anything you like", { prompt: "" }, {
    isRefused: true,
    answer: /'prompt' must be a text of 1 to 32000 characters/,
  }),
  draw("In the style of Monet", { prompt: "A pond", style: "monet" }, {
    isRefused: true,
    answer: /has no style 'monet'\. .*Its styles are 'natural'/,
  }),
  ...[
    ["Draw me a simple icon of a house", "<path d='M2 9 9 2l7 7v7H2z' fill='teal'/>"],
    ["画一个流程图：开始、处理、结束", "<text x='9' y='9' text-anchor='middle'>开始→结束</text>"],
    [
      "Make our logo as a PNG: a circle with the letters AB",
      "<circle cx='9' cy='9' r='9'/><text y='9' fill='#fff'>AB</text>",
    ],
    ["用SVG画一个圆形图标，背景透明", "<circle cx='9' cy='9' r='8' fill='red'/>"],
  ].map(([says = "", drawing]): EverydayRequest => ({
    says,
    tool: "render_svg",
    args: { svg: `<svg viewBox="0 0 18 18">${drawing}</svg>`, width: 256 },
    pictures: 1,
    answer: /"id":"img_local_.*"width":256/,
  })),
  {
    says: "Turn this SVG into a picture, please (which is broken)",
    tool: "render_svg",
    args: { svg: "<svg viewBox='0 0 9 9'>\n<text y='9'>R&D</text></svg>" },
    isRefused: true,
    answer: /line 2, column 14, .*Write & as &amp;/,
  },
  { says: "Is it done yet?", tool: "get_job", args: { job_id: "the latest job", wait_seconds: 0 } },
  { says: "好了吗？", tool: "get_job", args: { job_id: "last", wait_seconds: 0 } },
  {
    says: "Then wait for it",
    tool: "get_job",
    args: { job_id: "last", wait_seconds: 60 },
    pictures: 1,
  },
  {
    says: "Stop that, I do not want it any more",
    tool: "cancel_job",
    args: { job_id: "last" },
    answer: /already finished; get_job returns what it made/,
  },
  {
    says: "Show me the last picture again",
    tool: "get_image_data",
    args: { image_id: "last" },
    pictures: 1,
  },
  { says: "再看一下刚才那张", tool: "get_image_data", args: { image_id: "刚才那张" }, pictures: 1 },
  {
    says: "Where is the file of that picture?",
    tool: "get_image_data",
    args: { image_id: "last" },
    answer: /"local_path":"\/.+\.png"/,
  },
  {
    says: "Give me the bytes of the picture as base64",
    tool: "get_image_data",
    args: { image_id: "last", format: "data" },
    answer: /base64_data stands in the structured content|read it at/,
  },
  {
    says: "Which pictures did we make today?",
    tool: "search_images",
    args: { after: "today" },
    answer: /"prompt":"慢慢画"/,
  },
  {
    says: "今天都画了什么？",
    tool: "search_images",
    args: { since: "今天" },
    answer: /"prompt":"慢慢画"/,
  },
  {
    says: "昨天画的图给我看看",
    tool: "search_images",
    args: { after: "yesterday", before: "today" },
    answer: /Nothing was found/,
  },
  {
    says: "What have you been drawing just now?",
    tool: "list_jobs",
    args: {},
    answer: /"prompt":"慢慢画","image_ids":\["img_/,
  },
  {
    says: "Find the cottage one",
    tool: "search_images",
    args: { query: "cottage" },
    answer: /"prompt":"A cottage"/,
  },
  { says: "有哪些还在画？", tool: "list_jobs", args: { status: "running" }, answer: /"jobs":\[/ },
  {
    says: "Did anything fail?",
    tool: "list_jobs",
    args: { status: "failed" },
    answer: /"jobs":\[\]/,
  },
  {
    says: "Which image models can I use?",
    tool: "list_providers",
    args: {},
    answer: /"name":"openai","on":false,"missing":\["OPENAI_API_KEY"\]/,
  },
  {
    says: "有哪些风格可以选？",
    tool: "list_providers",
    args: {},
    answer: /watercolor, oil_painting/,
  },
  {
    says: "Why do I only get placeholders?",
    tool: "list_providers",
    args: {},
    answer: /To switch one on, set what is missing in .*\.env', then call reload_config/,
  },
  {
    says: "I have put my key into the file now",
    tool: "reload_config",
    args: {},
    answer: /Nothing changed: no \.env file was found\. Keys belong into .*\.env/,
  },
  {
    says: "密钥我改好了，重新读一下",
    tool: "reload_config",
    args: {},
    answer: /Nothing changed/,
  },
  draw("A small one first: a harbour", { prompt: "A harbour", resolution: "192x128" }),
  draw("Another one like the last, but at night", { prompt: "At night", based_on: "last" }),
  draw("The same, but as a watercolour", { style: "watercolour", based_on: "last" }),
  draw("再来一张一样的，不过换成方形", { prompt: "", based_on: "last", aspect_ratio: "方形" }),
  draw("The same with another seed", { based_on: "last", seed: "random" }),
  draw("Two variations of it, please", { based_on: "last", n: 2 }, { pictures: 2 }),
  draw("No particular style, just a dot", { prompt: "A dot", style: "none", size: "64x64" }),
  draw("A logo for Nordwind, with your template", {
    template: "logo",
    variables: { brand: "Nordwind" },
  }, { isRefused: true, answer: /'subject' is missing; it has no variable 'brand', there are / }),
  draw("用海报模板，整体偏蓝", { template: "poster_zh", prompt: "整体偏蓝" }, {
    isRefused: true,
    answer: /the variables '主题', '标题' are missing/,
  }),
  draw("Draw a boat by the example of that one", { prompt: "A boat", images: ["last"] }, {
    isRefused: true,
    answer: /edit_image takes pictures, also as references or for their style/,
  }),
  edit("Make the sky in that picture red", {
    prompt: "A red sky",
    images: ["the newest picture"],
    mask_region: [{ x: 0, y: 0, width: 1, height: 0.5 }],
  }),
  edit("把刚才那张图的右下角改成一只猫", {
    prompt: "一只猫",
    images: ["last"],
    mask_region: [{ x: 0.5, y: 0.5, width: 0.5, height: 0.5 }],
  }),
  edit("Redo that one in the style of the first, as an oil painting", {
    prompt: "The same scene",
    images: [{ image: "last", role: "base" }, { image: "last", role: "style" }],
    style: "oil_painting",
  }),
  edit("Change everything but the middle", {
    prompt: "Snow",
    images: ["last"],
    mask_region: [{ x: 0.3, y: 0.3, width: 0.4, height: 0.4 }],
    invert: true,
  }),
  edit("Edit the picture on my desktop called cat.png", {
    prompt: "Add a hat",
    images: ["/no/such/desktop/cat.png"],
  }, { isRefused: true, answer: /cat\.png/ }),
  edit("Four variations of that, please", { prompt: "", images: ["last"], n: 4 }, {
    isRefused: true,
    answer: /based_on/,
  }),
  compare("Show me this fox in three styles side by side", {
    prompt: "A fox",
    styles: ["anime", "watercolor", "pixel_art"],
    resolution: "128x128",
  }),
  compare("同一个提示词，换四个种子比较一下", {
    prompt: "一只狐狸",
    seeds: ["1", 2, 3, 4],
    resolution: "128x128",
  }),
  compare("Which provider draws this best?", { prompt: "A fox", providers: ["placeholder"] }, {
    isRefused: true,
    answer: /pass two or more providers, models, styles or seeds/,
  }),
  batch("Icons of twelve animals, each in red and in blue", {
    prompt: "A small {colour} icon of a {animal}",
    variables: { animal: ["cat", "fox"], colour: '["red", "blue"]' },
    resolution: "64x64",
    wait_seconds: 60,
  }, { answer: /"message":"4 of 4 drawn"/ }),
  batch("给这三句话各画一张", {
    items: ["春天的花", "秋天的叶", "冬天的雪"],
    resolution: "64x64",
    wait_seconds: 60,
  }, { answer: /"drawn":3/ }),
  batch("Draw these, and use this style for both", {
    items: [{ prompt: "A cat" }, { prompt: "A dog", style: "no such style" }],
    style: "anime",
  }, { isRefused: true, answer: /Nothing was drawn: item 2: .*no such style/ }),
  batch("A cat in anime, and two foxes", {
    items: [{ prompt: "A cat", style: "anime" }, { prompt: "A fox", n: 2 }],
    resolution: "64x64",
    wait_seconds: 60,
  }, { answer: /"drawn":2/ }),
  batch("失败的再画一遍", { repeat_failed: "last" }, {
    isRefused: true,
    answer: /Nothing of batch '\S+' failed: 2 of 2 drawn/,
  }),
  transform("把这张图存到 ~/Downloads/fox.png", { save_as: "~/Downloads/fox.png" }, {
    isRefused: true,
    answer: /save_as may write nowhere here; .* name folders in MCP_SAVE_AS_DIRS/,
  }),
  transform("Crop it to 16:9", { aspect_ratio: "16:9" }),
  transform("Make it a WebP under 20 KB", { format: "webp", max_bytes: "20k" }),
  transform("把它缩小到宽 100 像素", { width: 100 }),
  transform("Turn it upside down and make it black and white", {
    rotate: "upside down",
    grayscale: "yes",
  }),
  {
    says: "What prompt did I use for that one?",
    tool: "read_metadata",
    args: { image: "last" },
    answer: /"prompt":"/,
  },
  {
    says: "这张图是AI画的吗？",
    tool: "read_metadata",
    args: { image: "last" },
    answer: /"digital_source_type":"\w+"/,
  },
  {
    says: "Find the blue logo from last week",
    tool: "search_images",
    args: { query: "blue logo", after: "14d" },
    answer: /Nothing was found: try fewer words|"prompt":"/,
  },
  {
    says: "找一下那张竹林的图",
    tool: "search_images",
    args: { query: "竹林" },
    answer: /Nothing was found|"prompt":"/,
  },
  {
    says: "What did I make that one from?",
    tool: "image_history",
    args: { image_id: "last" },
    answer: /"operation":"\w+"/,
  },
  {
    says: "Mark this one as a favourite and tag it client-a",
    tool: "update_images",
    args: { image_ids: ["last"], favorite: true, add_tags: ["client-a"] },
    answer: /"updated":\["img_/,
  },
  {
    says: "把它命名为“春天”",
    tool: "update_images",
    args: { image_ids: ["last"], title: "春天" },
    answer: /"updated":\["img_/,
  },
  {
    says: "Throw that picture away",
    tool: "delete_images",
    args: { image_ids: ["last"] },
    answer: /Kept in the trash for 30 days/,
  },
  // Whoever is not shown a tool is led to what shows it.
  ...[
    ["Export everything that is tagged client-a", /export_images.*: add exchange to MCP_TOOLSETS/],
    ["把 ~/Pictures/old 里的旧图收进图库", /import_images: add exchange to MCP_TOOLSETS/],
    ["Train a model on my face", /train_model: add training to MCP_TOOLSETS/],
    ["我想把手机里的照片传给你", /create_upload_link, get_upload: set MCP_PUBLIC_BASE_URL/],
  ].map(([says, answer]): EverydayRequest => ({
    says: String(says),
    tool: "list_providers",
    args: {},
    answer: answer as RegExp,
  })),
  {
    says: "Put all the logos into a zip in my Downloads folder",
    tool: "export_images",
    args: { to: "~/Downloads/logos.zip", query: "logo" },
    isRefused: true,
    answer: /to may write nowhere here; .*MCP_SAVE_AS_DIRS/,
  },
  {
    says: "把 /no/such/pictures 里的图片都导入进来",
    tool: "import_images",
    args: { from: "/no/such/pictures" },
    isRefused: true,
    answer: /There is no folder at/,
  },
  // What training does is in `train_model_test.ts`.
  {
    says: "Learn what my dog looks like from these photos",
    tool: "train_model",
    args: { name: "my-dog", trigger_word: "ZXDOG", images: ["last"] },
    isRefused: true,
    answer: /No provider that trains models is configured/,
  },
  // Over stdio without an address; what links do is in `../uploads_test.ts`.
  {
    says: "I want to give you a photo that is on my phone",
    tool: "create_upload_link",
    args: {},
    isRefused: true,
    answer: /MCP_PUBLIC_BASE_URL.*pass the absolute path of the picture's file/,
  },
  {
    says: "我传好了",
    tool: "get_upload",
    args: { upload_id: "upload_1_none" },
    isRefused: true,
    answer: /not known here.*upload the picture again/,
  },
];
