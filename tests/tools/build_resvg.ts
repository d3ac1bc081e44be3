/**
 * Packs the WebAssembly half of `@resvg/resvg-wasm`, which no import carries by itself.
 *
 *     deno run -A tests/tools/build_resvg.ts INDEX_BG.WASM
 *
 * INDEX_BG.WASM is that package's file (`npm pack @resvg/resvg-wasm@2.6.2` fetches it). The asset
 * is a notice of the licence, a blank line, and one line of Base64: the package's file
 * as a Brotli stream. The same package gives the same asset, byte for byte.
 */

import { brotliCompressSync, constants } from "node:zlib";

const ASSET = new URL("../../src/dependencies/resvg_wasm.txt", import.meta.url);

const NOTICE = `\
The program packed below is index_bg.wasm of the npm package @resvg/resvg-wasm 2.6.2, unchanged.

This Source Code Form is subject to the terms of the Mozilla Public License, v. 2.0. If a copy of
the MPL was not distributed with this file, You can obtain one at https://mozilla.org/MPL/2.0/.

Its source is at https://github.com/thx/resvg-js and https://github.com/linebender/resvg.
`;

if (import.meta.main) {
  const [source] = Deno.args;
  if (source === undefined) throw new Error("Name the package's index_bg.wasm as the argument");
  const wasm = await Deno.readFile(source);
  const packed = brotliCompressSync(wasm, {
    params: {
      [constants.BROTLI_PARAM_LGWIN]: 24,
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_SIZE_HINT]: wasm.length,
    },
  });
  await Deno.writeTextFile(ASSET, `${NOTICE}\n${packed.toString("base64")}\n`);
  console.error(`${wasm.length} bytes as ${packed.length}`);
}
