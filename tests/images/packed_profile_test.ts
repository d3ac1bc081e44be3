/** Colour profiles come packed, and may unpack to anything. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { packedProfile, png, withChunks } from "../fakes/png.ts";
import { temporaryFolder } from "../support/folder.ts";
import { peakMemory } from "../support/memory.ts";
import { startServer } from "../support/process.ts";

const BOMB = 256 * 1024 * 1024;

Deno.test({
  name: "a profile that unpacks to 256 MB is not unpacked, as the only one or behind another",
  ignore: Deno.build.os !== "linux", // elsewhere nobody tells how much memory a process held
  async fn() {
    const long = ["iCCP", packedProfile(new Uint8Array(BOMB))] as const;
    const short = ["iCCP", packedProfile(new Uint8Array(300).fill(7))] as const;
    const square = png(8, 8, 2, () => [200, 100, 50]);
    await using folder = await temporaryFolder();
    const env = { MCP_INPUT_DIRS: folder.path };
    await using server = startServer({ folder: folder.path, env });
    await server.initialize();
    const shrink = async (name: string, ...chunks: (typeof long)[]) => {
      const image = join(folder.path, name);
      await Deno.writeFile(image, withChunks(square, chunks));
      const { images } = await server.call("transform_image", { image, width: 4 }, 60);
      assert.equal(images[0].width, 4, name);
    };
    await shrink("plain.png", short);
    const before = await peakMemory(server.pid);
    await shrink("long.png", long);
    await shrink("second.png", short, long);
    const growth = await peakMemory(server.pid) - before;
    assert.ok(growth < 64, `${growth} MiB more than before`);
  },
});
