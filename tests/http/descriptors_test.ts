/** A server whose descriptors are all taken, as a process of its own. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "../support/folder.ts";
import { inheritedEnvironment } from "../support/process.ts";
import { pause, until } from "../support/wait.ts";
import { callTool } from "../support/app.ts";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { fakeOpenAI } from "../fakes/openai.ts";

const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));

Deno.test({
  name: "half-sent headers that take every descriptor end neither the server nor its jobs",
  ignore: Deno.build.os !== "linux", // needs a shell that can lower the limit
  async fn() {
    await using folder = await temporaryFolder();
    await using vendor = fakeOpenAI();
    vendor.misbehave("hangs", 1);
    await using server = await startLimited(folder.path, vendor.environment);
    const port = Number(new URL(server.url).port);
    const client = new Client({ name: "test", version: "1" });
    const transport = new StreamableHTTPClientTransport(new URL(`${server.url}/mcp`));
    await client.connect(transport);
    const started = await callTool(client, "generate_image", { prompt: "a", wait_seconds: 0.1 });
    assert.ok(started.envelope.job, JSON.stringify(started.envelope));

    const connections: Deno.Conn[] = [];
    for (let number = 0; number < 300; number++) {
      const opened = await Deno.connect({ hostname: "127.0.0.1", port }).catch(() => undefined);
      if (!opened) break;
      connections.push(opened);
      await opened.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: a\r\nX-A: "))
        .catch(() => {});
    }
    await until("the failed accept in the log", () => /accepting .* failed/.test(server.stderr()));
    const ping = performance.now();
    await client.ping();
    assert.ok(performance.now() - ping < 10_000, "an open connection is still served");
    for (const connection of connections) connection.close();
    await until("a new connection", async () => {
      await pause(100);
      const response = await fetch(`${server.url}/health`).catch(() => undefined);
      await response?.body?.cancel();
      return response?.ok;
    });
    const jobs = await callTool(client, "list_jobs");
    assert.equal(jobs.envelope.jobs[0].state, "running");
    assert.doesNotMatch(server.stderr(), /Unexpected error|Uncaught/);
    await client.close();
  },
});

async function startLimited(folder: string, env: Readonly<Record<string, string>>) {
  const log = join(folder, "log");
  const child = new Deno.Command("sh", {
    args: [
      "-c",
      `ulimit -n 200; exec "$0" run -A --quiet "$1" 2> "$2"`,
      Deno.execPath(),
      MAIN,
      log,
    ],
    cwd: folder,
    clearEnv: true,
    env: {
      ...inheritedEnvironment(),
      HOME: folder,
      MCP_TRANSPORT: "http",
      MCP_PORT: "0",
      MCP_SHUTDOWN_GRACE: "0",
      ...env,
    },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const stderr = () => Deno.readTextFileSync(log);
  const url = await until("the address", () => {
    try {
      return stderr().match(/listening address=(\S+)/)?.[1];
    } catch {
      return undefined; // not written yet
    }
  }, { seconds: 20 });
  return {
    url,
    stderr,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.status;
    },
  };
}
