/** Servers that a person names in OPENAI_COMPATIBLE are providers like every other. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { type Configuration, loadConfiguration } from "../../src/app/configuration.ts";
import { trustNeeded } from "../../src/config/trust.ts";
import { ImageError } from "../../src/errors.ts";
import type { Problem } from "../../src/config/variables.ts";
import type { ImageProvider, ImageRequest } from "../../src/providers/provider.ts";
import { openProviders } from "../../src/providers/registry.ts";
import { deadPort, examine } from "../commands/examination.ts";
import { openTerminal } from "../commands/terminal.ts";
import { type FakeOpenAI, fakeOpenAI, type Resemblance } from "../fakes/openai.ts";
import { drawPng } from "../fakes/pictures.ts";
import {
  connectTestClient,
  type Environment,
  openTestApp,
  surroundingsOf,
} from "../support/app.ts";
import { startServer } from "../support/process.ts";
import { temporaryFolder } from "../support/folder.ts";

const LIKE: Resemblance = { pictures: "b64_json", errors: "text", name: "my-gateway" };
const KEY_VARIABLE = "OPENAI_COMPATIBLE_KEY_MY_GATEWAY";
const MODEL_VARIABLE = "OPENAI_COMPATIBLE_MODEL_MY_GATEWAY";

Deno.test("a named server draws under its own name, with its own key and its own model", async () => {
  await using gateway = fakeOpenAI({ like: LIKE });
  const env = { ...gateway.environment, [MODEL_VARIABLE]: "flux-1-schnell" };
  const { images, model } = await providerOf(gateway, env).generate(asking(), listener());
  assert.deepEqual(images.map(({ bytes }) => bytes), gateway.pictures);
  assert.equal(model, "flux-1-schnell");
  const [{ headers, json }] = gateway.requests as [FakeOpenAI["requests"][number]];
  assert.equal(headers.authorization, `Bearer ${gateway.environment[KEY_VARIABLE]}`);
  assert.equal((json as { model: string }).model, "flux-1-schnell");
});

Deno.test("a named server without a model chooses its own", async () => {
  await using gateway = fakeOpenAI({ like: LIKE });
  const provider = providerOf(gateway);
  assert.deepEqual(provider.models, []);
  const { model } = await provider.generate(asking(), listener());
  assert.equal(model, "the server's own");
  assert.ok(!("model" in (gateway.requests[0]?.json as object)));
  await provider.generate(asking({ model: "sdxl" }), listener());
  assert.equal((gateway.requests[1]?.json as { model: string }).model, "sdxl");
});

Deno.test("a named server that wants a model says which variable takes it", async () => {
  await using gateway = fakeOpenAI({ like: { ...LIKE, wantsModel: true } });
  const error = await failing(providerOf(gateway).generate(asking(), listener()));
  assert.equal(error.code, "model_unavailable");
  assert.match(
    error.message,
    /^'my-gateway' wants to be told a model.*OPENAI_COMPATIBLE_MODEL_MY_GATEWAY/,
  );
});

Deno.test("a named server's errors name its own variables", async () => {
  await using gateway = fakeOpenAI({ like: LIKE });
  const wrongKey = { ...gateway.environment, [KEY_VARIABLE]: "sk-another-key" };
  const noKey = { OPENAI_COMPATIBLE: gateway.environment.OPENAI_COMPATIBLE! };
  const wrongPath = { ...gateway.environment, OPENAI_COMPATIBLE: `my-gateway=${gateway.url}` };
  const says = async (env: Environment, request: Partial<ImageRequest> = {}) =>
    (await failing(providerOf(gateway, env).generate(asking(request), listener()))).message;
  assert.match(
    await says(wrongKey),
    /does not accept the key: check OPENAI_COMPATIBLE_KEY_MY_GATEWAY/,
  );
  assert.match(await says(noKey), /wants a key: set OPENAI_COMPATIBLE_KEY_MY_GATEWAY/);
  assert.match(
    await says(wrongPath),
    /the address in OPENAI_COMPATIBLE, which usually ends in \/v1/,
  );
  gateway.misbehave("retired model", 1);
  const old = await says(gateway.environment, { model: "an-old-one" });
  assert.match(old, /Set OPENAI_COMPATIBLE_MODEL_MY_GATEWAY, or the argument 'model'/);
  for (const message of [await says(wrongKey), old]) {
    assert.doesNotMatch(message, /OPENAI_(API_KEY|BASE_URL|MODEL)/);
  }
});

Deno.test("a named server edits, or says that it draws from words alone", async () => {
  for (const edits of [true, false]) {
    await using gateway = fakeOpenAI({ like: { ...LIKE, edits } });
    const bytes = drawPng(320, 256, "a base");
    const info = { mediaType: "image/png", width: 320, height: 256, sizeBytes: bytes.length };
    const base = { hash: "base", role: "base", bytes, ...info } as const;
    const request = asking({ operation: "edit", inputs: [base] });
    const editing = providerOf(gateway).generate(request, listener());
    if (edits) {
      await editing;
      assert.deepEqual(gateway.edits.map(({ images }) => images), [[bytes]]);
    } else {
      assert.match((await failing(editing)).message, /'my-gateway' has no \/images\/edits/);
    }
  }
});

Deno.test("a named server may be OpenAI's own, which wants a key", () => {
  const { on, off, definitions } = load({
    OPENAI_COMPATIBLE: "second=https://api.openai.com/v1,local=http://localhost:8080/v1",
    OPENAI_API_KEY: "sk-one",
  }).providers;
  assert.deepEqual([...on.keys()], ["openai", "local"]);
  assert.deepEqual(off.get("second"), ["OPENAI_COMPATIBLE_KEY_SECOND"]);
  const names = definitions.map(({ name }) => name);
  assert.deepEqual(names.slice(-3), ["second", "local", "placeholder"]);
});

const WRONG: Readonly<Record<string, RegExp>> = {
  "https://gateway.example.com/v1": /must be name=address pairs/,
  "gateway=": /must be name=address pairs/,
  "Gateway=https://gateway.example.com/v1": /must be name=address pairs/,
  "a=ftp://gateway.example.com/v1": /must be name=address pairs/,
  "a=https://gateway.example.com/v1?key=secret": /must be name=address pairs/,
  "a=https://one.example.com,a=https://two.example.com": /each name once/,
  "doubao=https://gateway.example.com/v1": /names 'doubao', which is another provider's name/,
  "placeholder=https://gateway.example.com/v1": /'placeholder', which is another provider's name/,
  "auto=https://gateway.example.com/v1": /names 'auto', which is another provider's name/,
  "a-b=https://one.example.com,a_b=https://two.example.com":
    /names 'a_b', whose variable OPENAI_COMPATIBLE_KEY_A_B another provider has/,
};

for (const [value, message] of Object.entries(WRONG)) {
  Deno.test(`OPENAI_COMPATIBLE=${value} is a mistake that names its way out`, () => {
    const { problems } = load({ OPENAI_COMPATIBLE: value });
    assert.deepEqual(problems.map(({ variable }) => variable), ["OPENAI_COMPATIBLE"]);
    assert.match(problems[0]!.message, message);
  });
}

Deno.test("a password in an address of OPENAI_COMPATIBLE is refused and not repeated", () => {
  const { problems } = load({ OPENAI_COMPATIBLE: "a=https://ann:p4ssw0rd@gateway.example.com/v1" });
  assert.match(problems[0]!.message, /without a password/);
  assert.doesNotMatch(problems[0]!.message, /p4ssw0rd/);
});

Deno.test("a named server can be the default, and come first in the order", () => {
  const OPENAI_COMPATIBLE = "local=http://localhost:8080/v1";
  for (const variable of ["MCP_DEFAULT_PROVIDER", "MCP_PROVIDER_ORDER"]) {
    assert.deepEqual(load({ OPENAI_COMPATIBLE, [variable]: "local" }).problems, []);
    const [problem] = load({ [variable]: "local" }).problems;
    assert.match(problem!.message, /must name 'hunyuan'/);
  }
});

Deno.test("a folder that somebody else wrote names no server and sets no key of one", () => {
  for (const name of ["OPENAI_COMPATIBLE", KEY_VARIABLE, MODEL_VARIABLE]) {
    assert.equal(trustNeeded(name), "person");
  }
});

Deno.test("a slip in the name of a named server's key is noticed", () => {
  const { snapshot } = load({
    OPENAI_COMPATIBLE: "my-gateway=https://gateway.example.com/v1",
    OPENAI_COMPATIBLE_KEY_MY_GATWAY: "sk-1",
  });
  assert.deepEqual(snapshot.unknown.map(({ suggestion }) => suggestion), [KEY_VARIABLE]);
});

Deno.test("list_providers shows each named server, and a request chooses it by its name", async () => {
  await using gateway = fakeOpenAI({ like: LIKE });
  await using openai = fakeOpenAI();
  const env = { ...openai.environment, ...gateway.environment, [MODEL_VARIABLE]: "flux-1" };
  await using test = await openTestApp({ env });
  await using client = await connectTestClient(test.app);
  const { envelope } = await client.call("list_providers");
  const shown = envelope.providers.find(({ name }: { name: string }) => name === "my-gateway");
  assert.equal(shown.on, true);
  assert.equal(shown.title, "my-gateway (compatible with OpenAI)");
  assert.deepEqual(shown.models, ["flux-1"]);
  assert.equal(envelope.default_provider, "openai");
  const request = { prompt: "a cat", style: "my-gateway:watercolor" };
  const drawn = await client.call("generate_image", request);
  assert.equal(drawn.envelope.images[0]?.provider, "my-gateway", JSON.stringify(drawn.envelope));
  assert.deepEqual([gateway.pictures.length, openai.pictures.length], [1, 0]);
  const { prompt } = gateway.requests[0]?.json as { readonly prompt: string };
  assert.match(prompt, /Style: watercolor/);
  for (const secret of gateway.secrets) {
    assert.ok(!JSON.stringify([envelope, drawn.envelope, test.log]).includes(secret));
  }
});

Deno.test("where OpenAI is down, a named server draws instead", async () => {
  await using gateway = fakeOpenAI({ like: LIKE });
  await using openai = fakeOpenAI();
  openai.misbehave("wrong key");
  await using test = await openTestApp({ env: { ...openai.environment, ...gateway.environment } });
  await using client = await connectTestClient(test.app);
  const { envelope } = await client.call("generate_image", { prompt: "a cat", style: "anime" });
  assert.equal(envelope.images[0].provider, "my-gateway");
  assert.deepEqual(gateway.pictures.length, 1);
});

Deno.test("a reload adds a named server with its key, and takes it away again", async () => {
  await using gateway = fakeOpenAI({ like: LIKE });
  await using folder = await temporaryFolder();
  const file = join(folder.path, "settings.env");
  const write = (env: Environment) =>
    Deno.writeTextFile(file, Object.entries(env).map((pair) => pair.join("=")).join("\n"));
  await write({ MCP_MAX_WAIT: "50" });
  await using server = startServer({ folder: folder.path, env: { MCP_ENV_FILE: file } });
  await server.initialize();
  await write(gateway.environment);
  const added = await server.call("reload_config", {});
  assert.deepEqual(added.result.changed_fields, [
    "openai_compatible",
    "openai_compatible_key_my_gateway",
  ]);
  assert.deepEqual(added.result.providers, ["my-gateway"]);
  const drawn = await server.call("generate_image", { prompt: "a cat" }, 30);
  assert.equal(drawn.images[0].provider, "my-gateway", JSON.stringify(drawn));
  await write({ MCP_MAX_WAIT: "50" });
  const removed = await server.call("reload_config", {});
  assert.deepEqual(removed.result.changed_fields, added.result.changed_fields);
  assert.deepEqual(removed.result.providers, ["placeholder"]);
  const said = JSON.stringify(server.messages) + server.stderr;
  for (const secret of gateway.secrets) assert.ok(!said.includes(secret));
});

Deno.test("the doctor reaches each named server", async () => {
  await using gateway = fakeOpenAI({ like: LIKE });
  await using terminal = await openTerminal();
  const port = await deadPort();
  const { findings } = await examine(terminal, {}, {
    ...gateway.environment,
    OPENAI_COMPATIBLE: `${gateway.environment.OPENAI_COMPATIBLE},gone=http://127.0.0.1:${port}/v1`,
  });
  const { host } = new URL(gateway.url);
  assert.deepEqual(findings["my-gateway"], {
    check: "my-gateway",
    state: "ok",
    message: `configured, model of the vendor's choice; ${host} answers`,
  });
  assert.match(findings.gone!.message, /cannot reach 127\.0\.0\.1:\d+: the connection is refused/);
  for (const secret of gateway.secrets) assert.ok(!terminal.stdout().includes(secret));
});

function load(env: Environment): Configuration {
  return loadConfiguration(surroundingsOf(env, "/nowhere"), new Map());
}

function providerOf(gateway: FakeOpenAI, env: Environment = gateway.environment): ImageProvider {
  const found = Object.entries(env).map(([name, value]) =>
    [name, { value, source: "a test" }] as const
  );
  const problems: Problem[] = [];
  const { on } = openProviders(new Map(found), { fetch, now: Date.now }, problems, {
    enablePlaceholder: false,
  });
  assert.deepEqual(problems, []);
  const provider = on.get("my-gateway");
  assert.ok(provider);
  return provider;
}

function asking(request: Partial<ImageRequest> = {}): ImageRequest {
  return { operation: "generate", prompt: "a cat", inputs: [], count: 1, options: {}, ...request };
}

function listener() {
  return { signal: new AbortController().signal, onProgress() {}, onAccepted() {} };
}

async function failing(asking: Promise<unknown>): Promise<ImageError> {
  const outcome = await asking.catch((thrown: unknown) => thrown);
  assert.ok(outcome instanceof ImageError, Deno.inspect(outcome));
  return outcome;
}
