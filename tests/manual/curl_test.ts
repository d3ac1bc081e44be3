/** The call with curl, run as the manual prints it. */

import assert from "node:assert/strict";
import { temporaryFolder } from "../support/folder.ts";
import { startHttpServer } from "../support/process.ts";

const HTTP = new URL("../../src/manual/http.md", import.meta.url);
const TOKEN = "a-token-of-this-test";

Deno.test({
  name: "the manual's call with curl draws a picture, and prints none of its bytes",
  ignore: Deno.build.os === "windows" || !await isThere("curl"),
  async fn() {
    await using folder = await temporaryFolder();
    const env = { MCP_AUTH_TOKEN: TOKEN };
    await using server = await startHttpServer({ folder: folder.path, env });
    const [, command] = /```sh\n(curl .*?)```/s.exec(await Deno.readTextFile(HTTP)) ?? [];
    const here = command!.replace("http://127.0.0.1:8000", server.url);
    const { stdout } = await new Deno.Command("sh", { args: ["-c", here], env }).output();
    const answer = new TextDecoder().decode(stdout);
    assert.match(answer, /img_placeholder_\w+/);
    assert.match(answer, /"data":"…"/);
    assert.doesNotMatch(answer, /[A-Za-z0-9+/=]{200}/);
  },
});

async function isThere(command: string): Promise<boolean> {
  const asked = new Deno.Command(command, { args: ["--version"] }).output();
  return await asked.then(() => true, () => false);
}
