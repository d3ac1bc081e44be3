import assert from "node:assert/strict";
import { crc32, deflateSync } from "node:zlib";
import { joinBytes } from "../../src/bytes.ts";
import { checkImage } from "../../src/images/check.ts";
import { identifyImage } from "../../src/images/media_type.ts";
import { withoutMetadata } from "../../src/images/metadata.ts";
import type { Provenance } from "../../src/images/provenance/provenance.ts";
import { readProvenance } from "../../src/images/provenance/read.ts";
import { withProvenance } from "../../src/images/provenance/write.ts";
import { decodeImage } from "../../src/images/transform.ts";
import { SMALL_PICTURES, type SmallPicture, smallPicture } from "../fakes/small_pictures.ts";
import { processorNow } from "../support/processor_time.ts";
import { shareImageWorkers } from "../support/image_workers.ts";

shareImageWorkers();

const PROVENANCE: Provenance = {
  software: "mcp-image-server 9.9.9",
  sourceType: "trainedAlgorithmicMedia",
  making: {
    operation: "generate",
    provider: "openai",
    model: "gpt-image-1",
    prompt: 'A cat & a <dog>, "naïve" 夜晚的猫 🐱\nin two lines \u0001\uffff',
    seed: 42,
    parameters: { negativePrompt: "text, people", size: "1024x1024", options: { quality: "low" } },
  },
};

const MARK: Provenance = { software: "mcp-image-server 9.9.9", sourceType: "algorithmicMedia" };

const WRITTEN: readonly string[] = ["image/png", "image/jpeg", "image/webp"];

for (const name of Object.keys(SMALL_PICTURES) as SmallPicture[]) {
  const bytes = smallPicture(name);
  const mediaType = identifyImage(bytes)?.mediaType ?? "";
  if (!WRITTEN.includes(mediaType)) {
    Deno.test(`${name} stays as it is, since nothing is written into its format`, () => {
      assert.equal(withProvenance(bytes, PROVENANCE), bytes);
    });
    continue;
  }
  Deno.test(`${name} tells how it was made, and every pixel is as it was`, async () => {
    const written = withProvenance(bytes, PROVENANCE);
    const { making, sourceType, software, parameters, hasManifest } = readProvenance(written);
    assert.deepEqual(making, PROVENANCE.making);
    assert.equal(sourceType, "trainedAlgorithmicMedia");
    assert.equal(software, PROVENANCE.software);
    assert.equal(hasManifest, false);
    if (name !== "turned JPEG") {
      assert.equal(parameters?.settings.Seed, "42");
      assert.equal(parameters?.negativePrompt, "text, people");
    }
    assert.equal(checkImage(written), undefined);
    assert.deepEqual(await decodeImage(written), await decodeImage(bytes));
    const { width, height } = identifyImage(bytes)!;
    assert.deepEqual(identifyImage(written), { ...identifyImage(bytes)!, width, height });
  });

  Deno.test(`${name} with the mark alone tells nothing else`, () => {
    const { sourceType, making, parameters } = readProvenance(withProvenance(bytes, MARK));
    assert.equal(sourceType, "algorithmicMedia");
    assert.deepEqual([making, parameters], [undefined, undefined]);
  });
}

Deno.test("what is written is what leaves the picture where pictures are cleaned", async () => {
  for (const name of ["baseline JPEG", "lossy WebP with alpha"] as const) {
    const bytes = smallPicture(name);
    const clean = withoutMetadata(withProvenance(bytes, PROVENANCE));
    const { making, sourceType } = readProvenance(clean);
    assert.deepEqual([making, sourceType], [undefined, undefined]);
    assert.deepEqual(await decodeImage(clean), await decodeImage(bytes));
  }
});

const PNG = smallPicture("PNG");
const SIGNED: Readonly<Record<string, Uint8Array<ArrayBuffer>>> = {
  "a PNG": inPng("caBX", latin1("\0\0\0\x20jumb")),
  "a JPEG": inJpeg([[0xe0, "JFIF\0more"], [0xeb, "JP\0\x01\0\0\0\x01\0\0\0\x20jumbmanifest"]]),
  "a WebP": inWebp("C2PA", "manifest"),
  "a JPEG whose manifest lies elsewhere": inJpeg([[
    0xe1,
    'http://ns.adobe.com/xap/1.0/\0<rdf:RDF><rdf:Description dcterms:provenance="https://a.example/c"/></rdf:RDF>',
  ]]),
};

for (const [what, bytes] of Object.entries(SIGNED)) {
  Deno.test(`${what} with a signed manifest is never changed, and is told apart`, () => {
    assert.equal(withProvenance(bytes, PROVENANCE), bytes);
    assert.equal(readProvenance(bytes).hasManifest, true);
  });
}

Deno.test("another's XMP stays, and its source type counts", () => {
  const packet = (more: string) =>
    'http://ns.adobe.com/xap/1.0/\0<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF ' +
    'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" ' +
    `photoshop:Credit="Made with their AI"${more}/></rdf:RDF></x:xmpmeta>`;
  const theirs =
    ' Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/compositeSynthetic"';
  for (
    const [more, sourceType] of [["", "trainedAlgorithmicMedia"], [theirs, "compositeSynthetic"]]
  ) {
    const written = withProvenance(inJpeg([[0xe1, packet(more!)]]), PROVENANCE);
    const text = new TextDecoder("latin1").decode(written);
    assert.equal(text.split("http://ns.adobe.com/xap/1.0/\0").length, 2, "there is one packet");
    assert.ok(text.includes("Made with their AI"));
    assert.equal(readProvenance(written).sourceType, sourceType);
    assert.deepEqual(readProvenance(written).making, PROVENANCE.making);
  }
});

Deno.test("another's parameters in a PNG stay the only ones", () => {
  const theirs =
    "a hat\nNegative prompt: blur\nSteps: 20, Sampler: Euler a, Seed: 7, Size: 512x512";
  const { parameters, making } = readProvenance(
    withProvenance(inPng("tEXt", latin1(`parameters\0${theirs}`)), PROVENANCE),
  );
  assert.equal(parameters?.text, theirs);
  assert.deepEqual(parameters?.settings, {
    Steps: "20",
    Sampler: "Euler a",
    Seed: "7",
    Size: "512x512",
  });
  assert.equal(parameters?.negativePrompt, "blur");
  assert.deepEqual(making, PROVENANCE.making);
});

Deno.test("the graph that ComfyUI keeps is read, packed or not", () => {
  const graph = '{"3":{"class_type":"KSampler"}}';
  assert.equal(readProvenance(inPng("tEXt", latin1(`prompt\0${graph}`))).comfyui?.prompt, graph);
  const packed = joinBytes([latin1("workflow\0\0"), deflateSync(graph)]);
  assert.equal(readProvenance(inPng("zTXt", packed)).comfyui?.workflow, graph);
});

Deno.test("a prompt too long for a JPEG leaves the mark", async () => {
  const bytes = smallPicture("baseline JPEG");
  const making = { ...PROVENANCE.making!, prompt: "猫".repeat(40_000) };
  const written = withProvenance(bytes, { ...PROVENANCE, making });
  const found = readProvenance(written);
  assert.equal(found.sourceType, "trainedAlgorithmicMedia");
  assert.equal(found.making, undefined);
  assert.deepEqual(await decodeImage(written), await decodeImage(bytes));
});

Deno.test("a text that unpacks to far more than is read is left out and named", () => {
  const bomb = deflateSync(new Uint8Array(64 * 1024 * 1024));
  const found = readProvenance(inPng("zTXt", joinBytes([latin1("parameters\0\0"), bomb])));
  assert.equal(found.parameters, undefined);
  assert.match(found.leftOut[0]!, /'parameters' is damaged or longer than 1048576 bytes/);
});

Deno.test("whatever stands in a file is read in bounded time, and never throws", () => {
  const hostile = [
    inPng("iTXt", latin1("parameters\0\x01\0")),
    inPng("iTXt", latin1("parameters")),
    inPng("tEXt", latin1(`parameters\0${"a:".repeat(500_000)}`)),
    inPng("tEXt", latin1(`parameters\0${'a: "'.repeat(5_000)}`)),
    inPng("iTXt", latin1(`XML:com.adobe.xmp\0\0\0\0\0${"<a:DigitalSourceType ".repeat(45_000)}`)),
    inPng("iTXt", latin1(`XML:com.adobe.xmp\0\0\0\0\0${"a-".repeat(500_000)}`)),
    inJpeg([[0xe1, "Exif\0\0MM\0*\xff\xff\xff\xff"], [0xe1, "Exif\0\0II*\0\x08\0\0\0\xff\xff"]]),
    inWebp("XMP ", "<x:Making>{</x:Making>"),
    inWebp("XMP ", '<x:Making>{"prompt":1}</x:Making>'),
    PNG.slice(0, 40),
    new Uint8Array(),
  ];
  const start = processorNow();
  for (const bytes of hostile) {
    const found = readProvenance(bytes);
    assert.equal(found.making, undefined);
    withProvenance(bytes, PROVENANCE);
  }
  assert.ok(processorNow() - start < 5_000);
});

/** The small PNG with a chunk before its pixels. */
function inPng(type: string, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const body = joinBytes([latin1(type), content]);
  const frame = new DataView(new ArrayBuffer(8));
  frame.setUint32(0, content.length);
  frame.setUint32(4, crc32(body));
  const [length, checksum] = [0, 4].map((at) => new Uint8Array(frame.buffer, at, 4));
  return joinBytes([PNG.subarray(0, 33), length!, body, checksum!, PNG.subarray(33)]);
}

function inJpeg(segments: readonly (readonly [marker: number, content: string])[]) {
  const bytes = smallPicture("baseline JPEG");
  const added = segments.map(([marker, content]) => {
    const length = content.length + 2;
    return Uint8Array.of(0xff, marker, length >> 8, length & 0xff, ...latin1(content));
  });
  return joinBytes([bytes.subarray(0, 2), ...added, bytes.subarray(2)]);
}

function inWebp(type: string, content: string): Uint8Array<ArrayBuffer> {
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, content.length, true);
  const bytes = joinBytes([
    smallPicture("lossy WebP with alpha"),
    latin1(type),
    length,
    latin1(content),
    new Uint8Array(content.length % 2),
  ]);
  new DataView(bytes.buffer).setUint32(4, bytes.length - 8, true);
  return bytes;
}

function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}
