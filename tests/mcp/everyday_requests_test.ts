import assert from "node:assert/strict";
import { TOOLS } from "../../src/mcp/methods.ts";
import { connectTestClient, openTestApp } from "../support/app.ts";
import { EVERYDAY_REQUESTS } from "./everyday_requests.ts";
import { shareImageWorkers } from "../support/image_workers.ts";

shareImageWorkers();

for (const [mode, client] of [["legacy", "codex-mcp-client"], ["auto", "claude-ai"]] as const) {
  Deno.test(`each everyday request comes to what it should for ${client}, without any key`, async () => {
    await using test = await openTestApp();
    await using connection = await connectTestClient(test.app, { mode, name: client });
    for (const request of EVERYDAY_REQUESTS) {
      const { says, tool, args, answer, isRefused = false, pictures } = request;
      const { content, isError } = await connection.call(tool, { ...smallIn(tool, args), ...args });
      const text = String(content[0]?.text);
      assert.equal(isError, isRefused, `${says}: ${text}`);
      if (answer && !(tool === "get_image_data" && args.format === "data" && mode === "legacy")) {
        assert.ok(answer.test(text), `${says}: ${text}`);
      }
      if (pictures !== undefined) {
        assert.equal(content.filter(({ type }) => type === "image").length, pictures, says);
      }
    }
  });
}

/** Where a request leaves the size to the server: a small one, which is drawn sooner. */
function smallIn(tool: string, args: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const sizes = ["resolution", "size", "width", "aspect_ratio", "template", "based_on"];
  const isFree = tool === "generate_image" && !sizes.some((name) => name in args);
  return isFree ? { resolution: "128x128" } : {};
}

Deno.test("the everyday requests are of two languages, and of every tool", () => {
  const isChinese = ({ says }: { says: string }) => /\p{Script=Han}/u.test(says);
  assert.ok(EVERYDAY_REQUESTS.length >= 40, `${EVERYDAY_REQUESTS.length}`);
  assert.ok(EVERYDAY_REQUESTS.filter(isChinese).length >= 10);
  const unasked = TOOLS.filter(({ name }) => !EVERYDAY_REQUESTS.some(({ tool }) => tool === name));
  assert.deepEqual(unasked.map(({ name }) => name), []);
});
