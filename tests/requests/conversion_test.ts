import assert from "node:assert/strict";
import type { OptionRule } from "../../src/providers/provider.ts";
import { parseRequest, type RequestArguments } from "../../src/requests/parse.ts";
import type { Conversion, Options } from "../../src/requests/request.ts";
import { route } from "../../src/requests/route.ts";

const FORMATS = { values: ["png", "jpeg", "webp"] };
const VENDORS = {
  "that has every setting": {
    output_format: FORMATS,
    output_compression: { minimum: 0, maximum: 100 },
    background: { values: ["transparent", "opaque", "auto"] },
  },
  "of formats alone": { output_format: FORMATS },
  "of PNG and JPEG": { output_format: { values: ["png", "jpeg"] } },
  "of JPEG alone": { output_format: { values: ["jpeg"] } },
  "without settings": {},
} satisfies Readonly<Record<string, Readonly<Record<string, OptionRule>>>>;

type Row = readonly [
  vendor: keyof typeof VENDORS,
  asked: Partial<RequestArguments>,
  options: Options,
  conversion: Conversion | undefined,
];

const ROWS: readonly Row[] = [
  ["that has every setting", {}, {}, undefined],
  ["without settings", { background: "auto" }, {}, undefined],

  // The vendor's own where it has them; what came is looked at all the same.
  ["that has every setting", { output_format: "webp" }, { output_format: "webp" }, {
    format: "webp",
  }],
  [
    "that has every setting",
    { output_format: "webp", output_compression: 40, background: "opaque" },
    { output_format: "webp", output_compression: 40, background: "opaque" },
    { format: "webp" },
  ],
  [
    "that has every setting",
    { background: "transparent" },
    { background: "transparent" },
    undefined,
  ],

  // Otherwise made of its pictures, which are asked for without loss where that can be.
  ["without settings", { output_format: "png" }, {}, { format: "png" }],
  ["without settings", { output_format: "jpg", output_compression: 0 }, {}, {
    format: "jpeg",
    quality: 0,
  }],
  ["without settings", { background: "opaque" }, {}, { background: "opaque" }],
  [
    "of formats alone",
    { output_format: "jpeg", output_compression: 70 },
    { output_format: "png" },
    {
      format: "jpeg",
      quality: 70,
    },
  ],
  ["of formats alone", { output_format: "jpeg", output_compression: 100 }, {
    output_format: "jpeg",
  }, { format: "jpeg" }],
  ["of PNG and JPEG", { output_format: "webp", background: "opaque" }, { output_format: "png" }, {
    format: "webp",
    background: "opaque",
  }],
  ["of JPEG alone", { output_format: "png" }, {}, { format: "png" }],
];

for (const [vendor, asked, options, conversion] of ROWS) {
  Deno.test(`${JSON.stringify(asked)} of a vendor ${vendor}`, () => {
    const request = parseRequest({ prompt: "a cat", ...asked });
    const { attempts: [attempt] } = route(request, setOf(VENDORS[vendor]));
    assert.deepEqual(attempt.request.options, options);
    assert.deepEqual(attempt.conversion, conversion);
    assert.deepEqual(attempt.warnings, []);
  });
}

function setOf(options: Readonly<Record<string, OptionRule>>) {
  const provider = {
    name: "vendor",
    models: [],
    capabilities: () => ({
      styles: {},
      sizes: { listed: { "1024x1024": "1:1" }, default: "1024x1024" },
      maxCount: 1,
      maxPromptLength: 1000,
      negativePrompt: "words" as const,
      options,
    }),
    generate: () => Promise.reject(new Error("A plan draws nothing")),
  };
  return { on: new Map([["vendor", provider]]), off: new Map() };
}
