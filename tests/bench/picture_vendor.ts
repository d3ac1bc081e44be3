/** A vendor in a process of its own: as OpenAI does, it answers everything with one picture of 3 MB. */

import { drawPng } from "../fakes/pictures.ts";

const bytes = new Uint8Array(3 * 1024 * 1024);
for (let start = 0; start < bytes.length; start += 65_536) {
  crypto.getRandomValues(bytes.subarray(start, start + 65_536));
}
bytes.set(drawPng(64, 64, "bench")); // what follows a picture's end does no harm
const answer = new TextEncoder().encode(
  JSON.stringify({ created: 1, data: [{ b64_json: bytes.toBase64() }] }),
);

Deno.serve(
  { hostname: "127.0.0.1", port: 0, onListen: ({ port }) => console.log(port) },
  async (request) => {
    await request.body?.cancel();
    return new Response(answer, { headers: { "content-type": "application/json" } });
  },
);
