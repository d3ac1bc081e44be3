/** What is kept belongs to its user alone. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../support/folder.ts";
import { startHttpServer, startProgram, startServer } from "../support/process.ts";

const ignore = Deno.build.os === "windows"; // which has no modes

Deno.test({
  name: "records and pictures are made for their user alone",
  ignore,
  async fn() {
    await using folder = await temporaryFolder();
    await using server = startServer({ folder: folder.path });
    await server.initialize();
    const { images: [image] } = await server.call("generate_image", { prompt: "a lock" });
    const records = join(folder.path, "generated_images", ".mcp-image-server");
    assert.equal(await modeOf(records), 0o700);
    for await (const { name, isDirectory } of Deno.readDir(records)) {
      assert.equal(await modeOf(join(records, name)), isDirectory ? 0o700 : 0o600, name);
    }
    assert.equal(await modeOf(image.local_path), 0o600);
  },
});

Deno.test({
  name: "shared pictures can be read by others, their records cannot",
  ignore,
  async fn() {
    await using folder = await temporaryFolder();
    const env = { MCP_SHARE_PICTURES: "true" };
    for (const _round of [1, 2]) {
      const args = ["generate", "a lock", "--out", join(folder.path, "out")];
      await using program = startProgram({ folder: folder.path, env, args });
      await program.status;
      assert.equal(await modeOf(program.stdout.trim()) & 0o044, 0o044);
    }
    assert.equal(await modeOf(join(folder.path, "out", ".mcp-image-server")), 0o700);
  },
});

Deno.test({
  name: "records of before are mended at start",
  ignore,
  async fn() {
    await using folder = await temporaryFolder();
    const records = join(folder.path, "generated_images", ".mcp-image-server");
    await Deno.mkdir(records, { recursive: true });
    await Deno.writeTextFile(join(records, "records.sqlite"), "");
    await Deno.chmod(records, 0o755);
    await Deno.chmod(join(records, "records.sqlite"), 0o644);
    await using _server = await startHttpServer({ folder: folder.path });
    assert.equal(await modeOf(records), 0o700);
    assert.equal(await modeOf(join(records, "records.sqlite")), 0o600);
  },
});

Deno.test({
  name: "linked records are refused, by every command that would write them",
  ignore,
  async fn() {
    await using folder = await temporaryFolder();
    const target = join(folder.path, "target");
    await Deno.mkdir(target);
    const pictures = join(folder.path, "generated_images");
    const records = join(pictures, ".mcp-image-server");
    const linkFolder = async () => await Deno.symlink(target, records);
    const linkFile = async () => {
      await Deno.mkdir(records);
      await Deno.symlink(join(target, "other.sqlite"), join(records, "records.sqlite"));
    };
    for (const link of [linkFolder, linkFile]) {
      await Deno.mkdir(pictures, { recursive: true });
      await link();
      for (const args of [["serve"], ["serve", "--transport", "http"], ["generate", "x"]]) {
        const env = { MCP_PORT: "0" };
        await using program = startProgram({ folder: folder.path, env, args });
        assert.equal((await program.status).code, 1, args.join(" "));
        assert.match(program.stderr, /are a link to somewhere else/);
      }
      await Deno.remove(pictures, { recursive: true });
    }
    assert.deepEqual(await Array.fromAsync(Deno.readDir(target)), []);
  },
});

async function modeOf(path: string): Promise<number> {
  return (await Deno.stat(path)).mode! & 0o777;
}
