import assert from "node:assert/strict";
import { drawPng } from "./fakes/pictures.ts";
import { temporaryFolder } from "./support/folder.ts";
import { startServer } from "./support/process.ts";

const MEGABYTE = 1024 * 1024;

Deno.test({
  name: "fifty pictures of 3 MB in flight stay under 500 MB",
  ignore: Deno.build.os !== "linux", // only there the system remembers a process's peak
  async fn() {
    await using vendor = startVendor(picture(3 * MEGABYTE));
    await using folder = await temporaryFolder();
    const env = { OPENAI_BASE_URL: `${vendor.url}/v1`, OPENAI_MODEL: "large-pictures" };
    await using server = startServer({ folder: folder.path, env });
    await server.initialize();
    const calls = Array.from(
      { length: 50 },
      (_, number) => server.call("generate_image", { prompt: `${number}` }, 60),
    );
    const envelopes = await Promise.all(calls);
    assert.deepEqual(new Set(envelopes.map(({ ok }) => ok)), new Set([true]));
    const status = await Deno.readTextFile(`/proc/${server.pid}/status`);
    const peak = Number(status.match(/VmHWM:\s+(\d+) kB/)?.[1]) * 1024;
    assert.ok(peak < 500 * MEGABYTE, `the peak was ${Math.round(peak / MEGABYTE)} MB`);
  },
});

/** A PNG of so many bytes, most of them after its end. */
function picture(size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  for (let start = 0; start < size; start += 65_536) {
    crypto.getRandomValues(bytes.subarray(start, start + 65_536));
  }
  bytes.set(drawPng(64, 64, "large"));
  return bytes;
}

/** A server like OpenAI's that answers every request with the same picture. */
function startVendor(picture: Uint8Array): AsyncDisposable & { readonly url: string } {
  const answer = JSON.stringify({ data: [{ b64_json: picture.toBase64() }] });
  const headers = { "content-type": "application/json" };
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    () => new Response(answer, { headers }),
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
