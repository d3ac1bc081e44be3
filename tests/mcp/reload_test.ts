import assert from "node:assert/strict";
import { join } from "node:path";
import { fakeArk } from "../fakes/ark.ts";
import { fakeOpenAI } from "../fakes/openai.ts";
import { drawPng } from "../fakes/pictures.ts";
import {
  connectTestClient,
  type Environment,
  openTestApp,
  type TestApp,
  type TestClient,
} from "../support/app.ts";
import { temporaryFolder } from "../support/folder.ts";
import { until } from "../support/wait.ts";

Deno.test("a reload that finds nothing new says what there is", async () => {
  await using world = await openWorld({ file: { DOUBAO_API_KEY: "key-1" } });
  const { envelope, isError } = await world.call("reload_config");
  assert.equal(isError, false);
  assert.deepEqual(envelope, {
    version: "1.0",
    ok: true,
    result: {
      changed_fields: [],
      providers: ["doubao"],
      default_provider: "doubao",
      provider_models: {
        doubao: {
          model: "doubao-seedream-5-0-pro-260628",
          fallback_model: "doubao-seedream-4-0-20260415",
        },
      },
      restart_required_fields: [],
      message: `Nothing changed: '${
        join(world.test.folder, ".env")
      }' and the environment say what they said before`,
    },
    error: null,
  });
});

Deno.test("a reload switches providers on and off, and changes models and limits at once", async () => {
  await using ark = fakeArk();
  await using world = await openWorld({ file: { OPENAI_API_KEY: "key-1" } });
  await world.rewrite({
    ...ark.environment,
    DOUBAO_MODEL: "doubao-seedream-4-5-251128",
    MCP_INLINE_IMAGE: "never",
  });
  const { result } = (await world.call("reload_config")).envelope;
  assert.deepEqual(result.changed_fields, [
    "doubao_api_key",
    "doubao_endpoint",
    "doubao_model",
    "inline_image",
    "openai_api_key",
  ]);
  assert.deepEqual(result.providers, ["doubao"]);
  assert.equal(result.default_provider, "doubao");
  assert.equal(result.provider_models.doubao.model, "doubao-seedream-4-5-251128");
  const { envelope, content } = await world.call("generate_image", { prompt: "a cat" });
  assert.equal(envelope.images[0].model, "doubao-seedream-4-5-251128");
  assert.deepEqual(content.map(({ type }) => type), ["text", "resource_link"]);
});

Deno.test("a key that left the file is gone after a reload", async () => {
  await using world = await openWorld({ file: { OPENAI_API_KEY: "key-1" } });
  await world.rewrite({});
  const { result } = (await world.call("reload_config")).envelope;
  assert.deepEqual(result.changed_fields, ["openai_api_key"]);
  assert.deepEqual(result.providers, ["placeholder"]);
});

Deno.test("the file wins over the environment unless told otherwise", async () => {
  await using world = await openWorld({
    env: { OPENAI_API_KEY: "key-1", OPENAI_MODEL: "gpt-image-1" },
    file: { OPENAI_MODEL: "gpt-image-1.5" },
  });
  const modelAfter = async (args: Record<string, unknown>) =>
    (await world.call("reload_config", args)).envelope.result.provider_models.openai.model;
  assert.equal(await modelAfter({ dotenv_override: false }), "gpt-image-1");
  assert.equal(await modelAfter({ dotenv_override: true }), "gpt-image-1.5");
  assert.equal(await modelAfter({ dotenv_override: false }), "gpt-image-1");
  assert.equal(await modelAfter({}), "gpt-image-1.5");
});

Deno.test("a file that contradicts what the client set for good does not block reloads", async () => {
  await using world = await openWorld({
    env: { MCP_TRANSPORT: "stdio" },
    file: { MCP_TRANSPORT: "http", MCP_PORT: "8000" },
  });
  await world.rewrite({ MCP_TRANSPORT: "http", MCP_PORT: "8000", MCP_MAX_WAIT: "9" });
  const { envelope } = await world.call("reload_config");
  assert.deepEqual(envelope.result?.changed_fields, ["max_wait"]);
});

Deno.test("a wrong new configuration changes nothing and is told in full", async () => {
  await using ark = fakeArk();
  await using world = await openWorld({ file: ark.environment });
  await world.rewrite({ ...ark.environment, MCP_MAX_WAIT: "soon", MCP_DEFAULT_PROVIDER: "dalle" });
  const { envelope, isError } = await world.call("reload_config");
  assert.equal(isError, true);
  assert.equal(envelope.result, null);
  const { code, message, details } = envelope.error;
  assert.equal(code, "invalid_config");
  assert.match(message, /the old one stays: .*MCP_MAX_WAIT .*'soon'.*; .*MCP_DEFAULT_PROVIDER/);
  assert.equal(details.problems.length, 2);
  assert.equal((await world.call("generate_image", { prompt: "a cat" })).envelope.ok, true);
  await world.rewrite(ark.environment);
  assert.deepEqual((await world.call("reload_config")).envelope.result.changed_fields, []);
});

Deno.test("a file that an editor made unreadable is no file without keys", async () => {
  await using world = await openWorld({ file: { OPENAI_API_KEY: "key-1" } });
  const path = join(world.test.folder, ".env");
  await Deno.writeTextFile(path, "O\0P\0E\0N\0A\0I\0");
  const { envelope, isError } = await world.call("reload_config");
  assert.equal(isError, true);
  assert.deepEqual(envelope.error, {
    code: "reload_failed",
    message: `The .env file '${path}' cannot be read any more, so the old configuration stays: ` +
      "it is not UTF-8 text: save it as UTF-8",
    details: { file: path },
  });
  assert.deepEqual(onOnes((await world.call("list_providers")).envelope.providers), ["openai"]);
});

Deno.test("over stdio it is the machine's own person who asks, whoever signs in over HTTP", async () => {
  const file = { MCP_AUTH_TOKEN: "ann=1,bob=2", MCP_OAUTH_ISSUER: "https://id.example.com" };
  await using world = await openWorld({ file });
  assert.equal((await world.call("reload_config")).envelope.ok, true);
});

Deno.test("what only a restart can change is refused as a whole, with secrets masked", async () => {
  const token = "token-that-nobody-may-see";
  await using world = await openWorld({ file: { MCP_PORT: "8000", MCP_AUTH_TOKEN: token } });
  await world.rewrite({ MCP_PORT: "9000", MCP_MAX_WAIT: "9", OPENAI_API_KEY: "key-to-hide" });
  const { envelope, content, isError } = await world.call("reload_config");
  assert.equal(isError, true);
  assert.equal(envelope.error.code, "restart_required");
  assert.match(envelope.error.message, /MCP_PORT, MCP_AUTH_TOKEN/);
  assert.deepEqual(envelope.error.details, {
    changed_fields: ["auth_token", "max_wait", "openai_api_key", "port"],
    restart_required_fields: ["auth_token", "port"],
    field_diffs: {
      max_wait: { before: 50, after: 9 },
      port: { before: 8000, after: 9000 },
      auth_token: { before: "<set>", after: null },
      openai_api_key: { before: null, after: "<set>" },
    },
  });
  const said = JSON.stringify([content, world.test.log]);
  assert.ok(!said.includes(token) && !said.includes("key-to-hide"));
  const { providers } = (await world.call("list_providers")).envelope;
  assert.deepEqual(onOnes(providers), ["placeholder"], "nothing was applied");
});

Deno.test("running calls end with the provider they began with, new ones get the new", async () => {
  await using before = fakeOpenAI();
  await using after = fakeOpenAI();
  await using world = await openWorld({ file: before.environment });
  const drawn = Promise.withResolvers<void>();
  before.answerNext(() => new Response(ReadableStream.from(slowAnswer(drawn.promise))));
  const running = world.call("generate_image", { prompt: "a slow cat" });
  await until("the first request", () => before.requests.length === 1);

  await world.rewrite(after.environment);
  const { result } = (await world.call("reload_config")).envelope;
  assert.deepEqual(result.changed_fields, ["openai_base_url"]);
  const next = await world.call("generate_image", { prompt: "a quick cat" });
  assert.equal(next.envelope.ok, true);
  assert.deepEqual([before.requests.length, after.requests.length], [1, 1]);

  drawn.resolve();
  const { envelope } = await running;
  assert.equal(envelope.ok, true, JSON.stringify(envelope.error));
  assert.deepEqual([envelope.images[0].width, envelope.images[0].height], [48, 32]);
});

Deno.test("a key that came with a reload is in no later error", async () => {
  await using vendor = fakeOpenAI();
  await using world = await openWorld({ file: {} });
  const key = "sk-wrong-and-secret";
  await world.rewrite({ ...vendor.environment, OPENAI_API_KEY: key });
  assert.equal((await world.call("reload_config")).envelope.ok, true);
  const { envelope } = await world.call("generate_image", { prompt: "a cat" });
  assert.equal(envelope.error.code, "authentication_failed");
  assert.ok(!JSON.stringify([envelope, world.test.log]).includes(key));
});

interface World extends AsyncDisposable {
  readonly test: TestApp;
  readonly call: TestClient["call"];
  /** Replaces the .env file. */
  rewrite(file: Environment): Promise<void>;
}

/** The app with these variables in its environment and these in its .env file, and a client. */
async function openWorld(
  { env = {}, file }: { readonly env?: Environment; readonly file: Environment },
): Promise<World> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await temporaryFolder());
  const rewrite = (next: Environment) => {
    const lines = Object.entries(next).map(([name, value]) => `${name}=${value}\n`);
    return Deno.writeTextFile(join(folder.path, ".env"), lines.join(""));
  };
  await rewrite(file);
  const test = stack.use(await openTestApp({ env, folder: folder.path }));
  const client = stack.use(await connectTestClient(test.app));
  const kept = stack.move();
  return {
    test,
    call: client.call,
    rewrite,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** A vendor's answer of which the first byte comes at once, and the rest when it is drawn. */
async function* slowAnswer(drawn: Promise<void>) {
  const encoder = new TextEncoder();
  yield encoder.encode(" ");
  await drawn;
  const b64_json = drawPng(48, 32, "slow").toBase64();
  yield encoder.encode(JSON.stringify({ created: 1, data: [{ b64_json }] }));
}

function onOnes(providers: readonly { readonly name: string; readonly on: boolean }[]) {
  return providers.filter(({ on }) => on).map(({ name }) => name);
}
