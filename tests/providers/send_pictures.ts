/** Sends 60 MB of pictures to the address given, and prints as JSON what that cost the process. */

import { createVendorClient } from "../../src/providers/http.ts";
import { pictureBody } from "../../src/providers/picture_body.ts";
import { randomBytes } from "../support/random.ts";

const [endpoint = ""] = Deno.args;
const picture = randomBytes(60_000_000);
const client = createVendorClient({ title: "Vendor", endpoint, secrets: [] });
await send("a word, so that all is loaded");

const before = peak();
const sent = await longestHold(() => send(picture));
const after = peak();
const grown = before && after ? after - before : undefined;
const body = pictureBody(picture) as Blob;
const collected = await longestHold(() => body.bytes());
const asText = await longestHold(() => JSON.stringify({ image: picture.toBase64() }));
console.log(JSON.stringify({ sent, grown, collected, asText }));

async function send(image: unknown): Promise<void> {
  await client.send({
    url: endpoint,
    json: { image },
    signal: new AbortController().signal,
    repeat: "if nothing happened",
    failure: () => undefined,
  });
}

/** How long nothing else was let in while `work` ran, at most, in milliseconds. */
async function longestHold(work: () => unknown): Promise<number> {
  let longest = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 1);
  await work();
  await new Promise((resolve) => setTimeout(resolve, 5));
  clearInterval(timer);
  return Math.round(longest);
}

/** The most memory that the process has had, in bytes; only Linux remembers it. */
function peak(): number | undefined {
  if (Deno.build.os !== "linux") return undefined;
  const status = Deno.readTextFileSync("/proc/self/status");
  return Number(status.match(/VmHWM:\s+(\d+) kB/)?.[1]) * 1024;
}
