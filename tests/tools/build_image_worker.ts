/**
 * Packs the program that image workers run and the codecs it uses.
 *
 *     deno run -A tests/tools/build_image_worker.ts
 *
 * A worker that needs no file and no permission has to be started from its text, so that text
 * travels in the server's own source as an asset. The same source gives the same asset, byte for
 * byte, and a test holds them together. The asset is the licences and then lines of a name, a
 * colon and Base64: a Brotli stream of the bundled program or of a codec.
 */

import { brotliCompressSync, constants } from "node:zlib";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const ASSET = new URL("../../src/images/worker.txt", import.meta.url);
const LICENCES = new URL("./codec_licences.txt", import.meta.url);

/** The codecs by the names that `workers.ts` knows. */
const WASM: Readonly<Record<string, string>> = {
  jpeg: "npm:@cornerstonejs/codec-libjpeg-turbo-8bit@1.2.8/wasm",
  webpDecoder: "npm:@jsquash/webp@1.5.0/codec/dec/webp_dec.wasm",
  webpEncoder: "npm:@jsquash/webp@1.5.0/codec/enc/webp_enc_simd.wasm",
};

if (import.meta.main) {
  const asset = await buildImageWorker();
  await Deno.writeTextFile(ASSET, asset);
  console.error(`${asset.length} characters of text`);
}

/** The text of `src/images/worker.txt`. */
export async function buildImageWorker(): Promise<string> {
  const lines = [`program:${packed(await bundledProgram())}`];
  for (const [name, specifier] of Object.entries(WASM)) {
    lines.push(`${name}:${packed(await packageFile(specifier))}`);
  }
  return `${(await Deno.readTextFile(LICENCES)).trimEnd()}\n\n${lines.join("\n")}\n`;
}

/** The program that the asset at hand holds, to be compared with what its source makes. */
export function bundledProgram(): Promise<Uint8Array> {
  // "browser", since Deno's own platform adds what a worker without a file cannot have.
  const options = ["--quiet", "--minify", "--platform", "browser"];
  return deno(["bundle", ...options, "src/images/worker/main.ts"]);
}

async function packageFile(specifier: string): Promise<Uint8Array> {
  const script = `import bytes from "${specifier}" with { type: "bytes" };
    await Deno.stdout.write(new TextEncoder().encode(bytes.toBase64()));`;
  const base64 = await deno(["eval", "--unstable-raw-imports", "--ext=js", script]);
  return Uint8Array.fromBase64(new TextDecoder().decode(base64));
}

function packed(bytes: Uint8Array): string {
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: 11,
    [constants.BROTLI_PARAM_LGWIN]: 24,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
  };
  return new Uint8Array(brotliCompressSync(bytes, { params })).toBase64();
}

async function deno(args: readonly string[]): Promise<Uint8Array> {
  const process = new Deno.Command(Deno.execPath(), { args: [...args], cwd: ROOT });
  const { success, stdout, stderr } = await process.output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return stdout;
}
