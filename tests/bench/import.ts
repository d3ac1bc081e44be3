/** What it takes to import a folder of many pictures, three of them broken, with a copy and without. */

import { join } from "node:path";
import { drawJpeg } from "../fakes/pictures.ts";
import { connectTestClient, openTestApp } from "../support/app.ts";
import { temporaryFolder } from "../support/folder.ts";
import { milliseconds, ratio, report } from "./figures.ts";

const FILES = 10_000;
const BROKEN = 3;
/** Milliseconds that the client waits for the answer. */
const PATIENCE = 600_000;

export async function measureImport(): Promise<void> {
  await using folder = await temporaryFolder();
  for (let index = 0; index < FILES; index++) {
    const bytes = drawJpeg(16, 16, `${index}`);
    const end = index < BROKEN ? bytes.length / 2 : bytes.length;
    await Deno.writeFile(join(folder.path, `${index}.jpg`), bytes.subarray(0, end));
  }
  const copied = await importAll(folder.path, false);
  const inPlace = await importAll(folder.path, true);
  report(`${FILES} files, ${BROKEN} of them broken, are imported with copies`, copied.told);
  report(
    "the same in place",
    `${inPlace.told} = ${ratio(inPlace.time / copied.time)}`,
    "under 1 x, the same counts",
  );
}

async function importAll(from: string, inPlace: boolean) {
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app);
  const began = performance.now();
  const { structuredContent } = await client.client.callTool(
    { name: "import_images", arguments: { from, in_place: inPlace } },
    { timeout: PATIENCE },
  );
  const time = performance.now() - began;
  const { imported, broken } = structuredContent as { imported: number; broken: unknown[] };
  return { time, told: `${imported} + ${broken.length} in ${milliseconds(time)}` };
}
