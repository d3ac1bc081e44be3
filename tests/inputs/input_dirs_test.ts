/** Paths over HTTP: within MCP_INPUT_DIRS they are read, and nothing tells what lies elsewhere. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { drawPng } from "../fakes/pictures.ts";
import { messagesOf, modernPost } from "../http/support.ts";
import { temporaryFolder } from "../support/folder.ts";
import { type HttpServerProcess, startHttpServer } from "../support/process.ts";

Deno.test({
  name: "a server over HTTP reads pictures in MCP_INPUT_DIRS, and none that lie or lead elsewhere",
  ignore: Deno.build.os === "windows", // where links need a right of their own
  async fn() {
    await using temporary = await temporaryFolder();
    const folder = await Deno.realPath(temporary.path);
    const [first, second, outside] = ["first", "second", "outside"].map((each) =>
      join(folder, each)
    );
    for (const each of [first, second, outside]) {
      await Deno.mkdir(join(each!, "deep"), { recursive: true });
    }
    const picture = drawPng(64, 64, "a cat");
    const inside = [join(first!, "cat.png"), join(second!, "deep", "a cat.png")];
    const hidden = join(outside!, "secret.png");
    for (const path of [...inside, hidden]) await Deno.writeFile(path, picture);
    await Deno.symlink(hidden, join(first!, "link.png"));
    await Deno.symlink(outside!, join(first!, "linked"));
    await Deno.symlink(inside[0]!, join(second!, "friend.png"));
    await Deno.writeTextFile(join(first!, "notes.png"), "no picture");
    const neighbour = `${first}_too`;
    await Deno.mkdir(neighbour);
    await Deno.writeFile(join(neighbour, "cat.png"), picture);
    const env = { MCP_INPUT_DIRS: `${first},${second}` };
    await using server = await startHttpServer({ folder, env });

    const allowed = [...inside, pathToFileURL(inside[1]!).href, join(second!, "friend.png")];
    for (const path of allowed) {
      const { ok, error } = await transform(server, path);
      assert.equal(ok, true, `${path}: ${JSON.stringify(error)}`);
    }
    const refused = [
      hidden,
      join(first!, "link.png"),
      join(first!, "linked", "secret.png"),
      `${first}/../outside/secret.png`,
      pathToFileURL(hidden).href,
      join(neighbour, "cat.png"),
      first!,
      join(first!, "notes.png"),
      join(first!, "nothing.png"),
      "/etc/passwd",
    ];
    const words = new Set<string>();
    for (const path of refused) {
      const { ok, error } = await transform(server, path);
      assert.equal(ok, false, path);
      assert.equal(error.code, "not_allowed", path);
      words.add(error.message.replace(path, "PATH"));
    }
    assert.equal(words.size, 1, [...words].join("\n"));
    assert.match([...words][0]!, /in the folders that may be read \(MCP_INPUT_DIRS\)/);
  },
});

// deno-lint-ignore no-explicit-any
async function transform({ url }: HttpServerProcess, image: string): Promise<any> {
  const params = { name: "transform_image", arguments: { image, width: 32 } };
  const messages = await messagesOf(await fetch(`${url}/mcp`, modernPost("tools/call", params)));
  const { result } = messages.at(-1) as { result: { structuredContent: unknown } };
  return result.structuredContent;
}
