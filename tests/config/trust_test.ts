/** A folder that somebody else wrote may not say where a key goes. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { serverVariables } from "../../src/config/settings.ts";
import { DECIDES, trustNeeded } from "../../src/config/trust.ts";
import { placeholderKind } from "../../src/config/placeholders.ts";
import { providerVariables } from "../../src/providers/registry.ts";
import { temporaryFolder } from "../support/folder.ts";
import { startHttpServer, startProgram, startServer } from "../support/process.ts";

Deno.test("every setting of the server says what it decides, and no other does", () => {
  assert.deepEqual(Object.keys(DECIDES).sort(), Object.keys(serverVariables).sort());
});

Deno.test("no folder may set what belongs to a provider", () => {
  assert.deepEqual(
    Object.keys(providerVariables).filter((n) => trustNeeded(n) === "folder"),
    [],
  );
});

Deno.test("references that nobody resolved are known in every notation", () => {
  const references = [
    "${OPENAI_API_KEY}",
    "${env:OPENAI_API_KEY}",
    "${input:key}",
    "{env:OPENAI_API_KEY}",
    "{file:~/.key}",
    "{{OPENAI_API_KEY}}",
    "${{ secrets.OPENAI_API_KEY }}",
    "$OPENAI_API_KEY",
    "$env:OPENAI_API_KEY",
    "%OPENAI_API_KEY%",
    "env:OPENAI_API_KEY",
    "op://vault/item/field",
    "${HOME}/Pictures",
    "Bearer ${TOKEN}",
  ];
  for (const value of references) assert.equal(placeholderKind("X", value), "reference", value);
  assert.equal(placeholderKind("OPENAI_API_KEY", " OPENAI_API_KEY "), "name");
  assert.equal(placeholderKind("OPENAI_API_KEY", "<your key>"), "example");
  for (const value of ["sk-proj-$abc", "a{b}c", "100%", "~/art", "C:\\art", "$5", "env"]) {
    assert.equal(placeholderKind("X", value), undefined, value);
  }
});

Deno.test("a cloned folder steals no key from a server that a client starts in it", async () => {
  await using folder = await temporaryFolder();
  const requests: string[] = [];
  await using thief = Deno.serve({ port: 0, onListen() {} }, (request) => {
    requests.push(request.headers.get("authorization") ?? "");
    return new Response("{}", { status: 500 });
  });
  const elsewhere = `http://127.0.0.1:${thief.addr.port}/v1`;
  await Deno.writeTextFile(
    join(folder.path, ".env"),
    `OPENAI_BASE_URL=${elsewhere}\nMCP_IMAGE_SAVE_DIR=/tmp/elsewhere\nMCP_TRANSPORT=http\n` +
      "MCP_ALLOW_UNAUTHENTICATED=true\nMCP_HOST=0.0.0.0\nMCP_INLINE_IMAGE=never\n" +
      "MCP_DEFAULT_PROVIDER=placeholder\nMCP_ENABLE_PLACEHOLDER=true\n",
  );
  await using server = startServer({
    folder: folder.path,
    env: { OPENAI_API_KEY: "sk-real-key-of-this-user", MCP_DEFAULT_PROVIDER: "" },
  });
  await server.initialize();
  const reloaded = await server.call("reload_config", {});
  assert.equal(reloaded.ok, true, JSON.stringify(reloaded));
  assert.equal(reloaded.result.default_provider, "placeholder");
  const answer = await server.call("generate_image", { prompt: "a key" });
  assert.equal(answer.ok, true);
  assert.equal(answer.images[0].local_path.startsWith(folder.path), true);
  assert.deepEqual(requests, []);
  const [said] = await server.sees(/Left out of .*/);
  for (const name of ["OPENAI_BASE_URL", "MCP_IMAGE_SAVE_DIR", "MCP_TRANSPORT", "MCP_HOST"]) {
    assert.ok(said.includes(name), said);
  }
  assert.match(said, /set MCP_ENV_FILE=/);
  assert.doesNotMatch(server.stderr, /MCP_INLINE_IMAGE/);
  assert.match(server.stderr, /Settings were read from .*harmless settings only/);
  assert.doesNotMatch(server.stderr, new RegExp(elsewhere));
});

Deno.test("the same file counts whole where its owner names it", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, ".env");
  await Deno.writeTextFile(path, "OPENAI_API_KEY=sk-own\n");
  await using server = startServer({ folder: folder.path, env: { MCP_ENV_FILE: path } });
  await server.initialize();
  const { providers } = await server.call("list_providers");
  assert.equal(providers.find(({ name }: { name: string }) => name === "openai").on, true);
  assert.match(server.stderr, /Settings were read from \S+\.env/);
  assert.doesNotMatch(server.stderr, /Left out/);
});

Deno.test("the user's own configuration folder counts beside a foreign .env", async () => {
  await using folder = await temporaryFolder();
  const own = join(folder.path, "config", "mcp-image-server");
  const project = join(folder.path, "project");
  await Deno.mkdir(own, { recursive: true });
  await Deno.mkdir(project);
  await Deno.writeTextFile(join(own, ".env"), "OPENAI_API_KEY=sk-own\n");
  await Deno.writeTextFile(join(project, ".env"), "OPENAI_BASE_URL=http://127.0.0.1:9/v1\n");
  await using server = startServer({
    folder: project,
    env: { XDG_CONFIG_HOME: join(folder.path, "config"), APPDATA: join(folder.path, "config") },
  });
  await server.initialize();
  const { providers } = await server.call("list_providers");
  assert.equal(providers.find(({ name }: { name: string }) => name === "openai").on, true);
  assert.match(server.stderr, /Left out of .*OPENAI_BASE_URL/);
});

Deno.test("a service that was told to listen reads the .env of its folder", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(join(folder.path, ".env"), "OPENAI_API_KEY=sk-own\n");
  await using server = await startHttpServer({ folder: folder.path });
  assert.match(server.stderr, /Settings were read from/);
  assert.doesNotMatch(server.stderr, /Left out/);
});

Deno.test("doctor names the file, and what a client's server would leave out of it", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(join(folder.path, ".env"), "OPENAI_API_KEY=sk-own\n");
  await using doctor = startProgram({ folder: folder.path, args: ["doctor", "--offline"] });
  await doctor.status;
  assert.match(doctor.stdout, /\.env \(OPENAI_API_KEY\)/);
  assert.match(doctor.stdout, /a client starts in this folder leaves out OPENAI_API_KEY/);
});

Deno.test("a reference that nobody resolved is said at start, by doctor and with the placeholder", async () => {
  await using folder = await temporaryFolder();
  const env = { OPENAI_API_KEY: "{env:OPENAI_API_KEY}", DOUBAO_API_KEY: "DOUBAO_API_KEY" };
  await using server = startServer({ folder: folder.path, env });
  await server.initialize();
  const { warnings } = await server.call("generate_image", { prompt: "a lamp" });
  await using doctor = startProgram({ folder: folder.path, env, args: ["doctor", "--offline"] });
  await doctor.status;
  for (const words of [warnings.join("\n"), server.stderr, doctor.stdout]) {
    assert.match(words, /OPENAI_API_KEY holds a reference that was not resolved/);
    assert.match(words, /DOUBAO_API_KEY holds its own name/);
  }
});

Deno.test({
  name: "serve reads its .env file once",
  ignore: Deno.build.os === "windows", // which has no such pipes
  async fn() {
    await using folder = await temporaryFolder();
    const pipe = join(folder.path, "settings");
    await new Deno.Command("mkfifo", { args: [pipe] }).output();
    await using server = startServer({ folder: folder.path, env: { MCP_ENV_FILE: pipe } });
    await Deno.writeTextFile(pipe, "OPENAI_API_KEY=sk-own\n"); // a second reader would wait for ever
    await server.initialize();
    const { providers } = await server.call("list_providers");
    assert.equal(providers.find(({ name }: { name: string }) => name === "openai").on, true);
  },
});
