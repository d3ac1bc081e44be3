/** The live tests themselves, with a fake vendor in place of the real one. */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { PROVIDERS } from "../../src/providers/registry.ts";
import { fakeArk } from "../fakes/ark.ts";

Deno.test("the live tests save what a configured vendor draws and skip the others", async () => {
  await using ark = fakeArk();
  const folder = await Deno.makeTempDir();
  try {
    const output = await runLiveTests(folder, ark.environment, ["--", "--live"]);
    const path = output.match(/doubao: .* drew (\S+)/)?.[1];
    assert.ok(path, output);
    assert.deepEqual(await Deno.readFile(path), ark.pictures[0]);
    assert.match(output, /openai: skipped, it needs OPENAI_API_KEY/);
    assert.match(output, /hunyuan: skipped, it needs TENCENT_SECRET_ID/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the live tests ask no vendor unless they are asked for", async () => {
  await using ark = fakeArk();
  const folder = await Deno.makeTempDir();
  try {
    const output = await runLiveTests(folder, ark.environment, []);
    const vendors = PROVIDERS.length - 1; // the placeholder is none
    assert.match(output, new RegExp(`0 passed .* ${vendors} ignored`));
    assert.equal(ark.requests.length, 0);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** Runs the live tests in `folder`, with nothing but `environment` and an empty .env file. */
async function runLiveTests(
  folder: string,
  environment: Readonly<Record<string, string>>,
  parameters: readonly string[],
): Promise<string> {
  const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
  await Deno.writeTextFile(`${folder}/.env`, "");
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--no-check", `--config=${path("../../deno.json")}`].concat(
      path("live_test.ts"),
      parameters,
    ),
    cwd: folder,
    clearEnv: true,
    env: {
      ...kept("PATH", "HOME", "DENO_DIR", "SystemRoot", "LOCALAPPDATA"),
      ...environment,
      NO_COLOR: "1",
    },
  }).output();
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}

function kept(...names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  }));
}
