import assert from "node:assert/strict";
import type {
  Capabilities,
  ImageProvider,
  InputImageInfo,
  InputRules,
} from "../../src/providers/provider.ts";
import { parseRequest, type RequestArguments } from "../../src/requests/parse.ts";
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
    /'plain' takes no pictures to edit from\. Provider 'editor' or 'painter' does/,
    { provider: "plain" },
  ],
  [
    "more pictures than the provider takes",
    [input(), input("reference")],
    /'painter' takes at most 1 pictures, not 2\. Provider 'editor' does/,
    { provider: "painter" },
  ],
  [
    "a role that the provider lacks",
    [input(), input("style")],
    /cannot take picture 2: its role is 'style', and it takes 'base' or 'reference'\. No config/,
    { provider: "editor" },
  ],
  [
    "a media type that the provider lacks",
    [input("base", { mediaType: "image/avif" })],
    /it is image\/avif, and it takes 'image\/png' or 'image\/jpeg'/,
    { provider: "editor" },
  ],
  ["too many bytes", [input("base", { sizeBytes: 1_001 })], /has 1001 bytes, more than 1000/, {
    provider: "editor",
  }],
  ["a side that is too short", [input("base", { width: 31 })], /31x64, and no side may be under/, {
    provider: "editor",
  }],
  ["a side that is too long", [input("base", { width: 513 })], /513x64, and no side may be over/, {
    provider: "editor",
  }],
  [
    "too many pixels",
    [input("base", { width: 400, height: 400 })],
    /400x400, over 100000 pixels in all/,
    { provider: "editor" },
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
    assert.throws(() => edit(args, images, all(plain, editor, painter), mask), {
      code: "invalid_parameters",
      message,
    });
  });
}

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
