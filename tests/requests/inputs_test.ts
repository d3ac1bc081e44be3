import assert from "node:assert/strict";
import type {
  Capabilities,
  ImageProvider,
  InputImageInfo,
  InputRules,
} from "../../src/providers/provider.ts";
import { MAX_INPUT_BYTES_IN_ALL } from "../../src/requests/adapt_inputs.ts";
import { parseRequest, type RequestArguments } from "../../src/requests/parse.ts";
import type { InputConversion } from "../../src/requests/request.ts";
import { type ProviderSet, route } from "../../src/requests/route.ts";

const RULES: InputRules = {
  maxImages: 3,
  roles: ["base", "reference"],
  mediaTypes: ["image/png", "image/jpeg"],
  maxBytes: 1_000,
  minSide: 32,
  maxSide: 512,
  maxPixels: 100_000,
  maxRatio: 4,
};
const plain = provider("plain", {});
const editor = provider("editor", { inputs: RULES });
const narrow = provider("narrow", { inputs: { ...RULES, minSide: 200 } });
const painter = provider("painter", {
  inputs: { ...RULES, maxImages: 1 },
  mask: "alpha",
  strength: { minimum: 0.2, maximum: 0.8 },
});

Deno.test("pictures go to the first provider that takes them", () => {
  const { attempts } = edit({}, [input()], all(plain, editor, painter));
  assert.deepEqual(attempts.map(({ provider }) => provider), ["editor", "painter"]);
  assert.deepEqual(attempts[0].request.inputs, [input()]);
  assert.equal(attempts[0].request.operation, "edit");
  assert.match(attempts[0].warnings.join(), /^plain takes no pictures to edit from, so editor was/);
});

Deno.test("a mask goes to a provider that takes one", () => {
  const { attempts } = edit({}, [input()], all(editor, painter), input());
  assert.deepEqual(attempts.map(({ provider }) => provider), ["painter"]);
  assert.deepEqual(attempts[0].request.mask, input());
});

Deno.test("a strength is kept within the vendor's bounds, and left out with a word where there is none", () => {
  assert.equal(edit({ strength: 1 }, [input()], all(painter)).attempts[0].request.strength, 0.8);
  const [attempt] = edit({ strength: 0.5 }, [input()], all(editor)).attempts;
  assert.equal(attempt.request.strength, undefined);
  assert.deepEqual(attempt.warnings, ["editor takes no strength, so strength 0.5 was left out"]);
});

Deno.test("beside a mask a provider may take fewer pictures", () => {
  const inputs = { ...RULES, maxImagesWithMask: 1 };
  const filler = provider("filler", { inputs, mask: "white" });
  const two = [input(), input("reference")];
  assert.equal(edit({}, two, all(filler)).attempts[0].provider, "filler");
  assert.equal(edit({}, [input()], all(filler), input()).attempts[0].provider, "filler");
  const editorWithMask = provider("whole", { inputs: RULES, mask: "white" });
  const { attempts } = edit({}, two, all(filler, editorWithMask), input());
  assert.deepEqual(attempts.map(({ provider }) => provider), ["whole"]);
  assert.throws(() => edit({ provider: "filler" }, two, all(filler, editorWithMask), input()), {
    code: "invalid_parameters",
    message: /'filler' takes at most 1 pictures beside a mask, not 2\. Provider 'whole' does/,
  });
});

const REFUSED: readonly (readonly [
  what: string,
  images: readonly InputImageInfo[],
  message: RegExp,
  args?: Partial<RequestArguments>,
  mask?: InputImageInfo,
])[] = [
  ["no picture", [], /There is no picture to edit: pass one/],
  ["17 pictures", Array(17).fill(input("reference")), /at most 16 pictures and this one has 17/],
  ["two bases", [input(), input()], /exactly one picture has the role 'base', and 2 have it/],
  ["no base", [input("reference")], /exactly one picture has the role 'base', and 0 have it/],
  ["a strength over 1", [input()], /'strength' must be a number from 0 to 1/, { strength: 1.5 }],
  [
    "a provider that takes no pictures",
    [input()],
    /'plain' takes no pictures to edit from\. Provider 'editor', 'painter' or 'narrow' does/,
    { provider: "plain" },
  ],
  [
    "more pictures than the provider takes",
    [input(), input("reference")],
    /'painter' takes at most 1 pictures, not 2\. Provider 'editor' or 'narrow' does/,
    { provider: "painter" },
  ],
  [
    "a role that the provider lacks",
    [input(), input("style")],
    /cannot take picture 2: its role is 'style', and it takes 'base' or 'reference'\. No config/,
    { provider: "editor" },
  ],
  [
    "a size that no shape fits into",
    [input("base", { width: 10_000, height: 2_500 })],
    /it is 10000x2500, and in no size is each side from 200 to 500 pixels: crop it first/,
    { provider: "narrow" },
  ],
  ["a shape that is too long", [input("base", { width: 300 })], /over 4 times the other/, {
    provider: "editor",
  }],
  [
    "a mask that the provider cannot take",
    [input()],
    /'editor' takes no mask\. Provider 'painter' has it/,
    { provider: "editor" },
    input(),
  ],
];

for (const [what, images, message, args = {}, mask] of REFUSED) {
  Deno.test(`an edit is refused with the reason: ${what}`, () => {
    assert.throws(() => edit(args, images, all(plain, editor, painter, narrow), mask), {
      code: "invalid_parameters",
      message,
    });
  });
}

const CONVERTED: readonly (readonly [
  what: string,
  changes: Partial<InputImageInfo>,
  conversion: Partial<InputConversion>,
  warning: string,
])[] = [
  [
    "a format that the provider lacks",
    { mediaType: "image/webp" },
    { width: 64, height: 64 },
    "Picture 1 is image/webp, so editor gets it packed anew",
  ],
  [
    "too many bytes",
    { sizeBytes: 1_001 },
    { width: 64, height: 64, maxBytes: 1_000 },
    "Picture 1 has 1001 bytes, more than 1000, so editor gets it packed anew",
  ],
  [
    "a side that is too short",
    { width: 16, height: 20 },
    { width: 32, height: 40 },
    "Picture 1 is 16x20, which is too small, so editor gets it as 32x40",
  ],
  [
    "a side that is too long",
    { width: 1_024, height: 300 },
    { width: 512, height: 150 },
    "Picture 1 is 1024x300, which is too large, so editor gets it as 512x150",
  ],
  [
    "too many pixels",
    { width: 500, height: 500 },
    { width: 316, height: 316 },
    "Picture 1 is 500x500, which is too large, so editor gets it as 316x316",
  ],
];

for (const [what, changes, wanted, warning] of CONVERTED) {
  Deno.test(`a picture is made what the provider takes: ${what}`, () => {
    const plan = edit({ provider: "editor" }, [input("base", changes)], all(editor));
    const [{ request, warnings }] = plan.attempts;
    const { conversion, ...info } = request.inputs[0]!;
    assert.deepEqual(info, input("base", changes));
    assert.deepEqual({ ...conversion, ...wanted }, conversion);
    assert.deepEqual(conversion!.mediaTypes, RULES.mediaTypes);
    assert.deepEqual(warnings, [warning]);
  });
}

Deno.test("a mask follows the size in which its picture is sent", () => {
  const large = { width: 1_024, height: 300 };
  const [{ request }] =
    edit({}, [input("base", large)], all(painter), input("base", large)).attempts;
  const { width, height, mediaTypes } = request.mask!.conversion!;
  assert.deepEqual({ width, height, mediaTypes }, {
    width: 512,
    height: 150,
    mediaTypes: ["image/png"],
  });
});

Deno.test("many large pictures share the bytes that are sent, and small ones keep theirs", () => {
  const wide = provider("wide", { inputs: { ...RULES, maxImages: 16, maxBytes: 50e6 } });
  const large = input("reference", { sizeBytes: 10 * 1024 * 1024 });
  const images = [input(), ...Array(15).fill(large)];
  const [{ request: { inputs }, warnings }] = edit({}, images, all(wide)).attempts;
  assert.equal(inputs[0]!.conversion, undefined);
  const bounds = inputs.slice(1).map(({ conversion }) => conversion!.maxBytes!);
  const all32 = bounds.reduce((sum, bytes) => sum + bytes, input().sizeBytes);
  assert.ok(all32 <= MAX_INPUT_BYTES_IN_ALL && all32 > MAX_INPUT_BYTES_IN_ALL * 0.99);
  assert.equal(warnings.length, 15);
});

Deno.test("what became of a picture on its way in is told once for each attempt", () => {
  const changes = ["Picture 1 is animated, and its first picture was used"];
  const { attempts } = edit({}, [input("base", { changes })], all(editor, painter));
  for (const { warnings } of attempts) assert.deepEqual(warnings, changes);
});

for (
  const [what, args, mask] of [["mask", {}, input()], ["strength", { strength: 0.5 }]] as const
) {
  Deno.test(`a ${what} without a base picture is refused`, () => {
    assert.throws(() => parseRequest({ prompt: "p", ...args }, "generate", { images: [], mask }), {
      message: new RegExp(`'${what}' needs a picture with the role 'base'`),
    });
  });
}

function edit(
  args: Partial<RequestArguments>,
  images: readonly InputImageInfo[],
  providers: ProviderSet,
  mask?: InputImageInfo,
) {
  return route(parseRequest({ prompt: "a red sky", ...args }, "edit", { images, mask }), providers);
}

function input(
  role: InputImageInfo["role"] = "base",
  changes: Partial<InputImageInfo> = {},
): InputImageInfo {
  return {
    hash: "ab".repeat(32),
    role,
    mediaType: "image/png",
    width: 64,
    height: 64,
    sizeBytes: 500,
    ...changes,
  };
}

function all(...providers: readonly ImageProvider[]): ProviderSet {
  return { on: new Map(providers.map((each) => [each.name, each])), off: new Map() };
}

function provider(name: string, changes: Partial<Capabilities>): ImageProvider {
  const capabilities: Capabilities = {
    styles: {},
    sizes: { listed: { "64x64": "1:1" }, default: "64x64" },
    maxCount: 1,
    maxPromptLength: 1_000,
    negativePrompt: "words",
    options: {},
    ...changes,
  };
  return {
    name,
    models: [],
    capabilities: () => capabilities,
    generate: () => Promise.reject(new Error("Nothing is drawn here")),
  };
}
