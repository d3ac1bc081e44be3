/** The manual's nginx example, in front of a real server: what it lets through and what it ends. */

import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import assert from "node:assert/strict";
import { callTool } from "./support/app.ts";
import { temporaryFolder } from "./support/folder.ts";
import { HAS_NGINX, type Nginx, nginxExamples, startNginx } from "./support/nginx.ts";
import { startHttpServer } from "./support/process.ts";
import { until } from "./support/wait.ts";

Deno.test({
  name: "the nginx example carries streams as they come, and ends visitors that never finish",
  ignore: !HAS_NGINX,
  async fn(t) {
    await using folder = await temporaryFolder();
    await using server = await startHttpServer({ folder: folder.path });
    await using proxy = await startExample(Number(new URL(server.url).port));

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

/** The example as it stands, but for its port and the patience of a person. */
async function startExample(upstream: number): Promise<Nginx> {
  const [example] = await nginxExamples();
  return await startNginx(
    example!
      .replace("127.0.0.1:8000", `127.0.0.1:${upstream}`)
      .replace(/(client_(?:header|body)_timeout) \d+s/g, "$1 1s"),
  );
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
