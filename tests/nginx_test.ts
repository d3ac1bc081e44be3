/** The manual's nginx example, in front of a real server: what it lets through and what it ends. */

import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import assert from "node:assert/strict";
import { join } from "node:path";
import { callTool } from "./support/app.ts";
import { type TemporaryFolder, temporaryFolder } from "./support/folder.ts";
import { startHttpServer } from "./support/process.ts";
import { until } from "./support/wait.ts";

const MANUAL = new URL("../src/manual/production.md", import.meta.url);

Deno.test({
  name: "the nginx example carries streams as they come, and ends visitors that never finish",
  ignore: !await isInstalled(),
  async fn(t) {
    await using folder = await temporaryFolder();
    await using server = await startHttpServer({ folder: folder.path });
    await using proxy = await startNginx(folder, Number(new URL(server.url).port));

    await t.step("a picture is drawn through it, with progress on the way", async () => {
      const client = new Client({ name: "a visitor", version: "1" });
      await client.connect(new StreamableHTTPClientTransport(new URL(`${proxy.url}/mcp`)));
      const news: string[] = [];
      const { envelope } = await callTool(
        client,
        "generate_image",
        { prompt: "a lighthouse", resolution: "512x512" },
        { onprogress: ({ message }) => void news.push(message ?? "") },
      );
      await client.close();
      assert.equal(envelope.ok, true);
      assert.ok(news.length > 0, "no progress came through");
    });

    for (
      const [what, sent] of [
        ["a header", "POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Half"],
        ["a body", "POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n{"],
      ] as const
    ) {
      await t.step(`${what} that never ends is given up`, async () => {
        const connection = await Deno.connect({ hostname: "127.0.0.1", port: proxy.port });
        await connection.write(new TextEncoder().encode(sent));
        await untilClosed(connection);
      });
    }
  },
});

async function isInstalled(): Promise<boolean> {
  try {
    return (await new Deno.Command("nginx", { args: ["-v"], stderr: "null" }).output()).success;
  } catch {
    return false;
  }
}

/** The example as it stands, but for its certificate, its port and the patience of a person. */
async function startNginx(folder: TemporaryFolder, upstream: number) {
  const text = await Deno.readTextFile(MANUAL);
  const example = /```nginx\n(.*?)```/s.exec(text)![1]!;
  const port = freePort();
  const site = example
    .replace("listen 443 ssl;", `listen 127.0.0.1:${port};`)
    .replace(/^ *(listen \[::\]|ssl_certificate).*\n/gm, "")
    .replace("images.example.com", "127.0.0.1")
    .replace("127.0.0.1:8000", `127.0.0.1:${upstream}`)
    .replace(/(client_(?:header|body)_timeout) \d+s/g, "$1 1s");
  const inFolder = (name: string) => join(folder.path, name);
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${inFolder(name)};`).join("\n");
  await Deno.writeTextFile(
    inFolder("nginx.conf"),
    `pid ${inFolder("nginx.pid")};\nevents {}\nhttp {\naccess_log off;\n${temporary}\n${site}}\n`,
  );
  const args = ["-c", inFolder("nginx.conf"), "-e", inFolder("error.log"), "-g", "daemon off;"];
  const process = new Deno.Command("nginx", { args, stderr: "null" }).spawn();
  const url = `http://127.0.0.1:${port}`;
  await until("nginx answers", () =>
    fetch(`${url}/health`).then(async (response) => {
      await response.body?.cancel();
      return response.ok;
    }, () => false));
  return {
    url,
    port,
    async [Symbol.asyncDispose]() {
      process.kill("SIGTERM");
      await process.status;
    },
  };
}

function freePort(): number {
  using listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  return (listener.addr as Deno.NetAddr).port;
}

/** Reads until the other end closes; fails after ten seconds. */
async function untilClosed(connection: Deno.Conn): Promise<void> {
  let isOver = false;
  const reading = (async () => {
    const buffer = new Uint8Array(4096);
    while (await connection.read(buffer).catch(() => null) !== null);
    isOver = true;
  })();
  await until("the connection is closed", () => isOver).finally(() => connection.close());
  await reading;
}
