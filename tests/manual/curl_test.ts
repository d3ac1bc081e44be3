/** The calls with curl, run as the manual prints them. */

import assert from "node:assert/strict";
import { temporaryFolder } from "../support/folder.ts";
import { startHttpServer } from "../support/process.ts";

const HTTP = new URL("../../src/manual/http.md", import.meta.url);
const TOKEN = "a-token-of-this-test";

Deno.test({
  name: "the manual's calls with curl draw a picture each, and print none of its bytes",
  ignore: Deno.build.os === "windows" || !await isThere("curl"),
  async fn() {
    await using folder = await temporaryFolder();
    const env = { MCP_AUTH_TOKEN: TOKEN };
    await using server = await startHttpServer({ folder: folder.path, env });
    const commands = [...(await Deno.readTextFile(HTTP)).matchAll(/```sh\n(curl .*?)```/gs)];
    const expected = [[/"created":\d+/, /"b64_json":"…"/], [/img_placeholder_\w+/, /"data":"…"/]];
    assert.equal(commands.length, expected.length);
    for (const [index, [, command]] of commands.entries()) {
      const here = command!.replace("http://127.0.0.1:8000", server.url);
      const { stdout } = await new Deno.Command("sh", { args: ["-c", here], env }).output();
      const answer = new TextDecoder().decode(stdout);
      for (const pattern of expected[index]!) assert.match(answer, pattern);
      assert.doesNotMatch(answer, /[A-Za-z0-9+/=]{200}/);
    }
  },
});

async function isThere(command: string): Promise<boolean> {
  const asked = new Deno.Command(command, { args: ["--version"] }).output();
  return await asked.then(() => true, () => false);
}
