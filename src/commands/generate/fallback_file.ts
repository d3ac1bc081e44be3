/** Pictures that their folder would not take are put elsewhere, so that nothing paid is lost. */

import { identifyImage } from "../../images/media_type.ts";

/**
 * Writes a picture into the system's folder for temporary files, or else into
 * `workingDirectory`, under a name that begins with `id`.
 * @returns its absolute path, or undefined where neither takes it.
 */
export async function saveElsewhere(
  id: string,
  bytes: Uint8Array<ArrayBuffer>,
  workingDirectory: string,
): Promise<string | undefined> {
  const suffix = `.${identifyImage(bytes)?.extension ?? "bin"}`;
  for (const dir of [undefined, workingDirectory]) {
    const path = await Deno.makeTempFile({ dir, prefix: `${id}_`, suffix }).catch(() => undefined);
    if (path === undefined) continue;
    try {
      await Deno.writeFile(path, bytes);
      return await Deno.realPath(path);
    } catch {
      await Deno.remove(path).catch(() => {});
    }
  }
}
