/**
 * The barest program that could make pictures for a client: for each line on stdin it asks the
 * vendor at the address given, writes the picture into the folder given, and answers with a line.
 */

import { join } from "node:path";

const [address, folder, mode] = Deno.args;

const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream());
for await (const part of lines) {
  for (const line of part.split("\n").filter((text) => text !== "")) {
    const { id } = JSON.parse(line);
    const response = await fetch(`${address}/images/generations`, { method: "POST", body: line });
    const { data: [{ b64_json: data }] } = await response.json();
    const path = join(folder!, `${crypto.randomUUID()}.png`);
    await Deno.writeFile(path, Uint8Array.fromBase64(data));
    const picture = mode === "always" ? [{ type: "image", data, mimeType: "image/png" }] : [];
    const result = { content: [{ type: "text", text: path }, ...picture] };
    await write(JSON.stringify({ jsonrpc: "2.0", id, result }) + "\n");
  }
}

async function write(text: string): Promise<void> {
  let bytes = new TextEncoder().encode(text);
  while (bytes.length > 0) bytes = bytes.subarray(await Deno.stdout.write(bytes));
}
