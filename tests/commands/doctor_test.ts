import assert from "node:assert/strict";
import { join } from "node:path";
import { runDoctor } from "../../src/commands/doctor.ts";
import { whyUnreachable } from "../../src/commands/doctor/providers.ts";
import { identifyImage } from "../../src/images/media_type.ts";
import { VERSION } from "../../src/version.ts";
import { fakeOpenAI } from "../fakes/openai.ts";
import { deadPort, examine, quiet } from "./examination.ts";
import { openTerminal } from "./terminal.ts";

const KEY = "sk-a-key-that-nobody-may-read";

Deno.test("the doctor finds a fresh installation healthy, with one line per check", async () => {
  await using terminal = await openTerminal();
  const { status, findings } = await examine(terminal);
  assert.equal(status, 0);
  assert.match(findings.version!.message, new RegExp(`^${VERSION.replaceAll(".", "\\.")}, `));
  assert.equal(findings["save directory"]!.state, "ok");
  assert.match(findings.disk!.message, /GB free/);
  assert.deepEqual(findings.openai, {
    check: "openai",
    state: "off",
    message: "needs OPENAI_API_KEY",
  });
  assert.equal(findings.placeholder!.state, "ok");
});

Deno.test("the doctor's table is for people", async () => {
  await using terminal = await openTerminal();
  assert.equal(await runDoctor(terminal.context([], {}, quiet(terminal))), 0);
  assert.match(terminal.stdout(), /^ok {7}version +\d/m);
  assert.match(terminal.stdout(), /^off {6}openai +needs OPENAI_API_KEY$/m);
});

Deno.test("the doctor names the .env file it read, its variables and no value", async () => {
  await using terminal = await openTerminal();
  const file = join(terminal.project, ".env");
  await Deno.writeTextFile(file, `DOUBAO_API_KEY=${KEY}\nMCP_LOG_LEVEL=debug\n`);
  const { findings } = await examine(terminal, { offline: "true" });
  assert.equal(findings[".env"]!.message, `${file} (MCP_LOG_LEVEL, DOUBAO_API_KEY)`);
  assert.ok(!terminal.stdout().includes(KEY));
});

Deno.test("the doctor tells where it looked for a .env file in vain", async () => {
  await using terminal = await openTerminal();
  const { findings } = await examine(terminal);
  assert.ok(findings[".env"]!.message.includes(join(terminal.project, ".env")));
});

Deno.test("a mistake in the settings is broken, and named", async () => {
  await using terminal = await openTerminal();
  const { status, findings } = await examine(terminal, {}, { MCP_LOG_LEVEL: "loud" });
  assert.equal(status, 1);
  assert.match(findings.settings!.message, /MCP_LOG_LEVEL must be .* current value is 'loud'/);
});

Deno.test("a diagnosis leaves nothing behind", async () => {
  await using terminal = await openTerminal();
  await Deno.writeTextFile(
    join(terminal.project, ".env"),
    `MCP_IMAGE_SAVE_DIR=${join(terminal.home, "path", "to", "pictures")}\n`,
  );
  await runDoctor(terminal.context([], {}, { MCP_PORT: "0" }));
  await runDoctor(terminal.context([], {}, quiet(terminal)));
  assert.deepEqual(namesIn(terminal.home), ["project"]);
  assert.deepEqual(namesIn(terminal.project), [".env"]);
});

Deno.test("a port that another program has is broken over HTTP and a note over stdio", async () => {
  const other = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => new Response());
  await using _ = { [Symbol.asyncDispose]: () => other.shutdown() };
  const MCP_PORT = String(other.addr.port);
  for (const [MCP_TRANSPORT, state] of [["http", "broken"], ["stdio", "note"]] as const) {
    await using terminal = await openTerminal();
    const { findings } = await examine(terminal, {}, { MCP_TRANSPORT, MCP_PORT });
    assert.equal(findings.port!.state, state);
    assert.match(findings.port!.message, /taken by another program/);
  }
});

Deno.test("a vendor that answers anything at all is reachable, and is asked for nothing that costs", async () => {
  await using terminal = await openTerminal();
  await using vendor = fakeOpenAI();
  const { status, findings } = await examine(terminal, {}, vendor.environment);
  assert.equal(status, 0);
  const { host } = new URL(vendor.url);
  assert.ok(findings.openai!.message.endsWith(`${host} answers`), findings.openai!.message);
  assert.ok(vendor.requests.every(({ method }) => method === "HEAD"));
  assert.ok(!JSON.stringify(vendor.requests).includes(vendor.secrets[0]!));
});

Deno.test("with --offline no vendor is asked", async () => {
  await using terminal = await openTerminal();
  await using vendor = fakeOpenAI();
  const { status, findings } = await examine(terminal, { offline: "true" }, vendor.environment);
  assert.equal(status, 0);
  assert.equal(findings.openai!.state, "skipped");
  assert.equal(vendor.requests.length, 0);
});

Deno.test("a vendor that cannot be reached is broken", async () => {
  await using terminal = await openTerminal();
  const environment = {
    OPENAI_API_KEY: KEY,
    OPENAI_BASE_URL: `http://127.0.0.1:${await deadPort()}`,
  };
  const { status, findings } = await examine(terminal, {}, environment);
  assert.equal(status, 1);
  assert.match(findings.openai!.message, /the connection is refused/);
});

Deno.test("no provider at all is broken", async () => {
  await using terminal = await openTerminal();
  const { status, findings } = await examine(terminal, {}, { MCP_ENABLE_PLACEHOLDER: "false" });
  assert.equal(status, 1);
  assert.match(findings.providers!.message, /None is on/);
});

Deno.test("DNS, TLS, a refusal and a proxy are told apart", async () => {
  const reasons: readonly (readonly [string, RegExp])[] = [
    [
      "client error (Connect): dns error: failed to lookup address information",
      /DNS does not know/,
    ],
    ["client error (Connect): invalid peer certificate: UnknownIssuer", /TLS fails.*DENO_CERT/],
    ["client error (Connect): tcp connect error: Connection refused", /connection is refused/],
    ["client error (Connect): unsuccessful tunnel", /proxy refuses/],
  ];
  for (const [words, sentence] of reasons) {
    const fetch = () => Promise.reject(new TypeError("fetch failed", { cause: new Error(words) }));
    const options = { environment: () => undefined, fetch };
    assert.match(await whyUnreachable("https://api.example.com", options) ?? "", sentence);
  }
});

Deno.test("a proxy in the way is named by its variable and without its password", async () => {
  const variables: Readonly<Record<string, string>> = {
    HTTPS_PROXY: "http://ann:secret@proxy.example:3128",
    NO_PROXY: "localhost,.internal.example",
  };
  const environment = (name: string) => variables[name];
  const fetch = () => Promise.reject(new TypeError("Connection refused"));
  const behind = await whyUnreachable("https://api.example.com", { environment, fetch });
  assert.match(behind ?? "", /through HTTPS_PROXY \(proxy\.example:3128\).*NO_PROXY/);
  assert.doesNotMatch(behind ?? "", /secret/);
  const direct = await whyUnreachable("https://a.internal.example", { environment, fetch });
  assert.doesNotMatch(direct ?? "", /PROXY \(/);
});

Deno.test("a proxy that wants a password is told", async () => {
  const fetch = () => Promise.resolve(new Response(null, { status: 407 }));
  const trouble = await whyUnreachable("http://api.example.com", {
    environment: (name) => name === "http_proxy" ? "http://proxy:1" : undefined,
    fetch,
  });
  assert.match(
    trouble ?? "",
    /through http_proxy \(proxy:1\): the proxy wants a name and password/,
  );
});

Deno.test("--generate says what it costs first, then draws one small picture per provider", async () => {
  await using terminal = await openTerminal();
  await using vendor = fakeOpenAI();
  const flags = { generate: "true" };
  const { status, findings } = await examine(terminal, flags, vendor.environment);
  assert.equal(status, 0, terminal.stdout());
  assert.match(terminal.stderr(), /OpenAI.*one small real picture.*charge/);
  const [path] = /^\S+/.exec(findings["openai draws"]!.message) ?? [];
  assert.ok(identifyImage(await Deno.readFile(path!)));
  const drawn = vendor.requests.filter(({ method }) => method === "POST");
  assert.equal(drawn.length, 1);
  const { prompt, quality } = JSON.parse(drawn[0]!.body);
  assert.deepEqual({ prompt, quality }, { prompt: "a small red boat on a lake", quality: "low" });
});

Deno.test("--generate without any vendor costs nothing, and says so", async () => {
  await using terminal = await openTerminal();
  const { status } = await examine(terminal, { generate: "true" });
  assert.equal(status, 0);
  assert.match(terminal.stderr(), /costs nothing/);
});

Deno.test("a picture that a vendor refuses is broken, with the vendor's reason", async () => {
  await using terminal = await openTerminal();
  await using vendor = fakeOpenAI();
  vendor.misbehave("wrong key");
  const flags = { generate: "true" };
  const { status, findings } = await examine(terminal, flags, vendor.environment);
  assert.equal(status, 1);
  assert.match(findings["openai draws"]!.message, /OPENAI_API_KEY/);
  assert.ok(!terminal.stdout().includes(vendor.secrets[0]!));
});

Deno.test("flags that would be ignored are mistakes, told in one line", async () => {
  const url = "http://127.0.0.1:8000";
  const mistakes: readonly (readonly [Readonly<Record<string, string>>, RegExp])[] = [
    [{ token: "a-token" }, /--token is for a running server: name it with --url URL$/],
    [{ url, offline: "true" }, /--offline leaves out the providers, which --url does not look at/],
    [{ generate: "true", offline: "true" }, /--generate asks the providers, which --offline forb/],
    [{ url, token: "two words" }, /--token must be printable ASCII without spaces/],
    [{ url: "localhost" }, /--url needs an absolute http or https address/],
    [{ url: `${url}/mcp?token=${KEY}` }, /--url takes an address without a password or a query/],
    [{ url: `http://ann:${KEY}@127.0.0.1:8000` }, /--url takes an address without a password/],
  ];
  for (const [flags, line] of mistakes) {
    await using terminal = await openTerminal();
    assert.equal(await runDoctor(terminal.context([], flags)), 2);
    assert.match(terminal.stderr(), line);
    assert.match(terminal.stderr(), /^mcp-image-server: [^\n]+$/);
    assert.equal(terminal.stdout(), "");
    assert.ok(!terminal.stderr().includes(KEY));
  }
});

function namesIn(folder: string): readonly string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name);
}
