import assert from "node:assert/strict";
import { EventStream } from "../../src/http/event_stream.ts";
import { pause } from "../support/wait.ts";

const MEGABYTE = 1024 * 1024;

function openStream() {
  let hasLeft = false;
  const stream = new EventStream({ keepAliveMs: 60_000, onLeave: () => void (hasLeft = true) });
  const { body } = stream.response();
  return {
    stream,
    read: async () => (await new Response(body).bytes()).length,
    get hasLeft() {
      return hasLeft;
    },
  };
}

Deno.test("a large answer right behind small events that are not read yet is delivered whole", async () => {
  const opened = openStream();
  opened.stream.write(new Uint8Array(300));
  opened.stream.write(new Uint8Array(20 * MEGABYTE));
  opened.stream.end();
  assert.ok(await opened.read() > 20 * MEGABYTE);
  assert.equal(opened.hasLeft, false);
});

Deno.test("a stream that gets ever more while nothing is taken is broken off", async () => {
  const opened = openStream();
  for (let events = 0; events < 12; events++) opened.stream.write(new Uint8Array(MEGABYTE));
  assert.equal(opened.hasLeft, true);
  assert.equal(await opened.read(), 0);
});

Deno.test("where all streams hold too much, those that nobody reads are broken off first", async () => {
  const unread = [openStream(), openStream()];
  for (const { stream } of unread) stream.write(new Uint8Array(30 * MEGABYTE));
  await pause(50);
  const fresh = openStream();
  fresh.stream.write(new Uint8Array(31 * MEGABYTE));
  fresh.stream.end();
  assert.ok(await fresh.read() > 31 * MEGABYTE);
  assert.ok(unread.some(({ hasLeft }) => hasLeft));
  for (const { stream, read } of unread) {
    stream.end();
    await read();
  }
});
