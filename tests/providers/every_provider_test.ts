/** What every provider owes its user when the vendor misbehaves, against each vendor's fake. */

import assert from "node:assert/strict";
import { type ErrorCode, ImageError } from "../../src/errors.ts";
import { comfyui } from "../../src/providers/comfyui/provider.ts";
import { identifyImage } from "../../src/images/media_type.ts";
import { doubao } from "../../src/providers/doubao/provider.ts";
import { fal } from "../../src/providers/fal/provider.ts";
import { flux } from "../../src/providers/flux/provider.ts";
import { gemini } from "../../src/providers/gemini/provider.ts";
import { hunyuan } from "../../src/providers/hunyuan/provider.ts";
import { openai } from "../../src/providers/openai/provider.ts";
import type {
  ImageProvider,
  ImageResult,
  ProviderDefinition,
} from "../../src/providers/provider.ts";
import { qwen } from "../../src/providers/qwen/provider.ts";
import { replicate } from "../../src/providers/replicate/provider.ts";
import { sdwebui } from "../../src/providers/sdwebui/provider.ts";
import { stability } from "../../src/providers/stability/provider.ts";
import { parseRequest } from "../../src/requests/parse.ts";
import type { Problem } from "../../src/config/variables.ts";
import { fakeArk } from "../fakes/ark.ts";
import { startBfl } from "../fakes/bfl.ts";
import { startComfyui } from "../fakes/comfyui.ts";
import { startDashScope } from "../fakes/dashscope.ts";
import type { FakeVendor, Fault } from "../fakes/fake_vendor.ts";
import { startFal } from "../fakes/fal.ts";
import { fakeGemini } from "../fakes/gemini.ts";
import { fakeOpenAI } from "../fakes/openai.ts";
import { startReplicate } from "../fakes/replicate.ts";
import { startWebUi } from "../fakes/sdwebui.ts";
import { startStability } from "../fakes/stability.ts";
import { startTencent } from "../fakes/tencent.ts";
import { startTokenHub } from "../fakes/tokenhub.ts";
import { namedServer, startNamedServer } from "./named_server.ts";
import { openTestApp } from "../support/app.ts";
import { shortPauses, until } from "../support/wait.ts";

interface Vendor {
  /** The provider, with its backend where it has several. */
  readonly name: string;
  readonly definition: ProviderDefinition;
  readonly start: () => FakeVendor | Promise<FakeVendor>;
  /** Whether pictures are fetched from a download host, rather than carried by the answer. */
  readonly downloads: boolean;
  /** What cannot happen there. */
  readonly never?: readonly Fault[];
}

const vendors: readonly Vendor[] = [
  { name: "hunyuan", definition: hunyuan, start: startTencent, downloads: true },
  {
    name: "hunyuan's legacy backend",
    definition: hunyuan,
    start: () => startTencent({ backend: "legacy" }),
    downloads: true,
  },
  {
    name: "hunyuan's TokenHub backend",
    definition: hunyuan,
    start: () => startTokenHub(),
    downloads: true,
  },
  { name: "openai", definition: openai, start: fakeOpenAI, downloads: false },
  {
    name: "a server named in OPENAI_COMPATIBLE",
    definition: namedServer,
    start: () => startNamedServer({ pictures: "url", errors: "openai" }),
    downloads: true,
  },
  { name: "doubao", definition: doubao, start: fakeArk, downloads: true },
  { name: "flux", definition: flux, start: startBfl, downloads: true },
  { name: "stability", definition: stability, start: () => startStability(), downloads: false },
  { name: "gemini", definition: gemini, start: fakeGemini, downloads: false },
  { name: "qwen", definition: qwen, start: () => startDashScope(), downloads: true },
  {
    name: "qwen with tasks of Wan",
    definition: qwen,
    start: () => startDashScope({ model: "wan2.7-image" }),
    downloads: true,
  },
  { name: "fal", definition: fal, start: startFal, downloads: true },
  { name: "replicate", definition: replicate, start: startReplicate, downloads: true },
  {
    name: "sdwebui",
    definition: sdwebui,
    start: () => withModel(startWebUi()),
    downloads: false,
    never: ["no quota", "refused by moderation"],
  },
  { name: "comfyui", definition: comfyui, start: () => startComfyui(), downloads: false },
];

/** With a checkpoint that is named, so that it can be gone. */
function withModel(fake: FakeVendor): FakeVendor {
  const environment = { ...fake.environment, SDWEBUI_MODEL: "dreamshaper_8" };
  return Object.assign(Object.create(fake, {}) as FakeVendor, { environment });
}

/** Servers without keys and error codes of their own, which still must lose no picture. */
const downloadingOnly: readonly Vendor[] = [
  {
    name: "openai with a compatible server",
    definition: openai,
    start: () => fakeOpenAI({ like: { pictures: "url", errors: "text" } }),
    downloads: true,
  },
];

/** Faults that end a request at once, and what the person then reads. */
const endings: readonly {
  readonly fault: Fault;
  readonly code: ErrorCode;
  readonly says: (definition: ProviderDefinition) => RegExp;
}[] = [
  {
    fault: "wrong key",
    code: "authentication_failed",
    says: aVariable("KEY|SECRET|TOKEN|PASSWORD"),
  },
  { fault: "no quota", code: "quota_exceeded", says: () => /quota|money|balance|billing|arrears/i },
  { fault: "refused by moderation", code: "content_refused", says: () => /moderation|safety/i },
  { fault: "server error", code: "provider_error", says: () => /\bagain\b|may have drawn/ },
  { fault: "nonsense JSON", code: "provider_error", says: () => /answer/i },
  { fault: "dead socket", code: "network_error", says: () => /HTTPS_PROXY.*HTTP_PROXY.*NO_PROXY/ },
];

for (const vendor of vendors) {
  const { name, definition } = vendor;

  Deno.test(`${name} adds no name of our code to a prompt`, async () => {
    await using fake = await vendor.start();
    const { styles } = providerOf(vendor, fake).capabilities();
    for (const [id, { prompt }] of Object.entries(styles)) {
      assert.doesNotMatch(prompt, CAMEL_CASE, id);
    }
  });

  Deno.test(`${name} says of itself what it can do with an accepted job`, async () => {
    await using fake = await vendor.start();
    const provider = providerOf(vendor, fake);
    for (const model of [undefined, ...provider.models]) {
      const { resume = false, cancel = false } = provider.capabilities(model);
      assert.deepEqual([resume, cancel], [!!provider.resume, !!provider.cancel], model);
    }
  });

  Deno.test(`${name} returns the very bytes that the vendor drew`, async () => {
    await using fake = await vendor.start();
    const { images, model } = await ask(vendor, fake);
    assert.equal(fake.pictures.length, 1);
    assert.deepEqual(images.map(({ bytes }) => bytes), fake.pictures);
    assert.ok(model.length > 0);
  });

  Deno.test(`${name} gives every format and an opaque background, its own or converted`, async () => {
    await using fake = await vendor.start();
    await using test = await openTestApp({ env: fake.environment });
    const caller = { owner: "", key: "test", signal: new AbortController().signal };
    const outputs = [
      { output_format: "png", background: "opaque" },
      { output_format: "jpeg", output_compression: 60 },
      { output_format: "webp", output_compression: 60, background: "opaque" },
    ];
    for (const output of outputs) {
      const args = { prompt: "a lighthouse", provider: definition.name, ...output };
      const answer = await test.app.imageService.run(parseRequest(args), caller);
      assert.ok(answer.done);
      const [picture] = answer.images;
      assert.equal(picture?.mediaType, `image/${output.output_format}`);
      const bytes = await test.app.images.read(picture!);
      assert.equal(identifyImage(bytes)?.mediaType, picture?.mediaType);
      assert.doesNotMatch(answer.warnings.join(), /format|compression|background|convert/);
    }
  });

  const possible = endings.filter(({ fault }) => !vendor.never?.includes(fault));
  for (const { fault, code, says } of possible) {
    Deno.test(`${name} asks once and reports ${code} after: ${fault}`, async () => {
      await using fake = await vendor.start();
      fake.misbehave(fault, 1);
      const error = await failure(vendor, fake);
      assert.equal(error.code, code);
      assert.match(error.message, says(definition));
      assert.equal(submitted(fake), 1);
      assert.equal(fake.pictures.length, 0);
    });
  }

  Deno.test(`${name} names the variable to change when its model is retired`, async () => {
    await using fake = await vendor.start();
    fake.misbehave("retired model");
    const error = await failure(vendor, fake);
    assert.equal(error.code, "model_unavailable");
    assert.match(error.message, aVariable("MODEL|BACKEND")(definition));
    assert.equal(fake.pictures.length, 0);
  });

  Deno.test(`${name} asks again after a rate limit, which drew nothing`, async () => {
    await using fake = await vendor.start();
    using _ = shortPauses();
    fake.misbehave("rate limited", 1);
    const { images } = await ask(vendor, fake);
    assert.ok(fake.requests.length >= 2);
    assert.equal(fake.requests[0]?.body, fake.requests[1]?.body);
    assert.deepEqual(images.map(({ bytes }) => bytes), fake.pictures);
    assert.equal(fake.pictures.length, 1);
  });

  for (const fault of ["hangs", "rate limited"] as const) {
    Deno.test(`${name} stops at once when the caller does, while the vendor: ${fault}`, async () => {
      await using fake = await vendor.start();
      fake.misbehave(fault, 100);
      const caller = new AbortController();
      const asking = failure(vendor, fake, caller.signal);
      await until("the request", () => fake.requests.length === 1);
      const reason = new ImageError("cancelled", "The request was cancelled");
      const stopped = performance.now();
      caller.abort(reason);
      assert.equal(await asking, reason);
      assert.ok(performance.now() - stopped < 10_000);
      assert.equal(fake.requests.length, 1);
    });
  }

  Deno.test(`${name} asks nothing for a caller who has already gone`, async () => {
    await using fake = await vendor.start();
    const reason = new ImageError("timeout", "The picture did not come in time");
    assert.equal(await failure(vendor, fake, AbortSignal.abort(reason)), reason);
    assert.equal(fake.requests.length, 0);
  });

  Deno.test(`${name} shows its secrets to nobody`, async () => {
    using overheard = listenToConsole();
    for (const fault of ["none", ...possible.map(({ fault }) => fault), "retired model"] as const) {
      await using fake = await vendor.start();
      if (fault !== "none") fake.misbehave(fault);
      const outcome = await ask(vendor, fake).catch((thrown: unknown) => thrown);
      assert.equal(outcome instanceof ImageError, fault !== "none", `after: ${fault}`);
      const shown = [
        outcome instanceof ImageError ? outcome.message : "",
        outcome instanceof ImageError ? JSON.stringify(outcome) : "",
        Deno.inspect(outcome, { depth: 20, iterableLimit: 10, strAbbreviateSize: 1e6 }),
        JSON.stringify(fake.downloads),
        overheard.text(),
      ].join("\n");
      assert.ok(fake.secrets.length > 0);
      for (const secret of fake.secrets) {
        assert.ok(!shown.includes(secret), `a secret was shown after: ${fault}`);
      }
    }
  });

  Deno.test(`${name} gives up when the rate limit stays, and says to wait`, async () => {
    await using fake = await vendor.start();
    using _ = shortPauses();
    fake.misbehave("rate limited", 100);
    const error = await failure(vendor, fake);
    assert.equal(error.code, "rate_limited");
    assert.match(error.message, /wait|again in/i);
    assert.ok(fake.requests.length > 1 && fake.requests.length <= 5);
  });

  Deno.test(`${name} names the proxy variables when nobody listens`, async () => {
    using _ = shortPauses();
    const fake = await vendor.start();
    await fake[Symbol.asyncDispose]();
    const error = await failure(vendor, fake);
    assert.equal(error.code, "network_error");
    assert.match(error.message, /HTTPS_PROXY.*HTTP_PROXY.*NO_PROXY/);
    assert.equal(error.details.connected, false);
  });
}

for (const vendor of [...vendors.filter(({ downloads }) => downloads), ...downloadingOnly]) {
  const { name } = vendor;

  Deno.test(`${name} sends no credentials to the download host`, async () => {
    await using fake = await vendor.start();
    await ask(vendor, fake);
    assert.equal(fake.downloads.length, 1);
    for (const { headers, method } of fake.downloads) {
      assert.equal(method, "GET");
      assert.deepEqual(
        Object.keys(headers).filter((header) => /auth|cookie|key|token|x-tc-/i.test(header)),
        [],
      );
    }
  });

  Deno.test(`${name} fetches a picture again when its download breaks off`, async () => {
    await using fake = await vendor.start();
    using _ = shortPauses();
    fake.misbehave("cut download", 1);
    const { images } = await ask(vendor, fake);
    assert.equal(fake.downloads.length, 2);
    assert.equal(fake.pictures.length, 1);
    assert.deepEqual(images.map(({ bytes }) => bytes), fake.pictures);
  });

  Deno.test(`${name} tells a lost download from a failed drawing`, async () => {
    await using fake = await vendor.start();
    using _ = shortPauses();
    fake.misbehave("cut download");
    const error = await failure(vendor, fake);
    assert.equal(error.code, "network_error");
    assert.equal(fake.pictures.length, 1);
    assert.ok(fake.downloads.length > 1);
  });
}

function ask(
  vendor: Vendor,
  fake: FakeVendor,
  signal = new AbortController().signal,
): Promise<ImageResult> {
  return providerOf(vendor, fake).generate(
    { operation: "generate", prompt: "a lighthouse in a storm", inputs: [], count: 1, options: {} },
    { signal, onProgress() {}, onAccepted() {} },
  );
}

/** Requests but for questions about a task, which cost nothing. */
function submitted({ requests }: FakeVendor): number {
  return requests.filter(({ method }) => method !== "GET").length;
}

function providerOf({ definition, name }: Vendor, { environment }: FakeVendor): ImageProvider {
  const problems: Problem[] = [];
  const env = new Map(
    Object.entries(environment).map(([name, value]) => [name, { value, source: "a test" }]),
  );
  const opened = definition.open(env, { fetch, now: Date.now }, problems);
  assert.deepEqual(problems, []);
  assert.ok(opened.on, `${name} is off`);
  return opened.provider;
}

/** Such as imageService, which a sweeping change of names may leave in a text. */
const CAMEL_CASE = /[a-z][A-Z]/;

async function failure(
  vendor: Vendor,
  fake: FakeVendor,
  signal?: AbortSignal,
): Promise<ImageError> {
  const outcome = await ask(vendor, fake, signal).catch((thrown: unknown) => thrown);
  assert.ok(outcome instanceof ImageError, `${vendor.name}: ${Deno.inspect(outcome)}`);
  return outcome;
}

/** Matches the name of one of the provider's own variables that contains one of `words`. */
function aVariable(words: string) {
  return ({ variables }: ProviderDefinition): RegExp => {
    const names = Object.keys(variables).filter((name) => new RegExp(words).test(name));
    assert.ok(names.length > 0);
    return new RegExp(`\\b(${names.join("|")})\\b`);
  };
}

/** Collects all that is written to the console until disposed. */
function listenToConsole(): Disposable & { text(): string } {
  const methods = ["log", "info", "debug", "warn", "error"] as const;
  const originals = methods.map((method) => [method, console[method]] as const);
  const lines: string[] = [];
  for (const method of methods) {
    console[method] = (...values: unknown[]) => void lines.push(Deno.inspect(values));
  }
  return {
    text: () => lines.join("\n"),
    [Symbol.dispose]() {
      for (const [method, original] of originals) console[method] = original;
    },
  };
}
