import assert from "node:assert/strict";
import { closeImageWorkers } from "../../src/images/workers.ts";
import { type LongMessage, LongMessages } from "../../src/mcp/long_message.ts";
import { USUAL_BYTES } from "../../src/mcp/message_bounds.ts";
import { PictureText } from "../../src/service/uploads.ts";
import { drawPng } from "../fakes/pictures.ts";
import { openTestApp } from "../support/app.ts";
import { pause } from "../support/wait.ts";
import { initialize, initialized, openLine, request } from "./line.ts";

Deno.test.afterEach(closeImageWorkers);

const MEGABYTE = 1024 * 1024;

Deno.test("a call with a large picture is answered over stdio, and what stands before and behind it", async () => {
  await using test = await openTestApp();
  await using line = openLine(test.app);
  const image = uriOf(drawPng(64, 64, "x".repeat(2 * MEGABYTE)));
  const call = request(2, "tools/call", {
    name: "transform_image",
    arguments: { image, width: 8 },
  });
  const text = [initialize(), initialized, request(1, "ping"), call, request(3, "ping"), call, ""]
    .map((message) => message === "" ? "" : JSON.stringify(message)).join("\n");
  for (let at = 0; at < text.length; at += 65_537) await line.write(text.slice(at, at + 65_537));
  await line.write(JSON.stringify({ ...call, id: 4 })); // without its line end
  await line.hangUp();
  await line.ended;
  const told = Object.groupBy(line.messages, ({ id }) => `${id}`);
  assert.deepEqual([told[1]?.length, told[2]?.length, told[3]?.length], [1, 2, 1]);
  for (const { result } of [...told[2]!, ...told[4]!]) {
    assert.equal(result.structuredContent.images[0].width, 8);
  }
});

Deno.test("a long line that is wrong is answered with a sentence, and the next one served", async () => {
  const begin =
    `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"edit_image","arguments":`;
  const cases: readonly (readonly [name: string, line: string, code: number])[] = [
    ["brackets", begin + "[".repeat(3 * MEGABYTE), -32600],
    ["a text that is no picture", `${begin}{"prompt":"${"x".repeat(7 * MEGABYTE)}"}}}`, -32600],
    ["more than the longest", `${begin}{"images":["${"A".repeat(33 * MEGABYTE)}"]}}}`, -32600],
    ["no JSON", `${begin}${'"x" '.repeat(MEGABYTE / 2)}`, -32600],
    ["one that breaks off", `${begin}{"images":["${pngText(2 * MEGABYTE)}`, -32700],
  ];
  await using test = await openTestApp();
  await using line = openLine(test.app);
  await line.say(initialize(), initialized);
  for (const [index, [name, text, code]] of cases.entries()) {
    const before = line.messages.filter(({ error }) => error).length;
    for (let at = 0; at < text.length; at += MEGABYTE) {
      await line.write(text.slice(at, at + MEGABYTE));
    }
    await line.write("\n");
    await line.say(request(100 + index, "ping"));
    assert.deepEqual((await line.answerTo(100 + index)).result, {}, name);
    const errors = line.messages.flatMap(({ error }) => error ? [error.code] : []).slice(before);
    assert.deepEqual(errors, [code], name);
  }
});

Deno.test("the pictures of a long message are no text, and few messages hold theirs at once", async () => {
  const messages = new LongMessages();
  const picture = drawPng(8, 8, "x".repeat(50_000));
  const read = () => messages.read(partsOf({ args: [uriOf(picture), "a"] }), USUAL_BYTES);
  const held = await Promise.all([read(), read(), read()]);
  const [first] = held.map(valueOf);
  assert.ok(first!.args[0] instanceof PictureText && first!.args[1] === "a");
  let isRead = false;
  const fourth = read().then((message) => {
    isRead = true;
    return message;
  });
  await pause(20);
  assert.equal(isRead, false);
  assert.deepEqual(first!.args[0].take(), picture);
  await pause(20);
  assert.equal(isRead, false, "its bytes are in use");
  first!.args[0].drop();
  const last = valueOf(await fourth).args[0];
  held.forEach(dropAll);
  dropAll(await fourth);
  assert.throws(() => (last as PictureText).take(), /is gone/);
  dropAll(await read());
});

function valueOf(message: LongMessage): { readonly args: readonly unknown[] } {
  assert.ok("value" in message);
  return message.value as { readonly args: readonly unknown[] };
}

function dropAll(message: LongMessage): void {
  if ("value" in message) message.pictures.drop();
}

async function* partsOf(message: unknown) {
  const bytes = new TextEncoder().encode(JSON.stringify(message));
  for (let at = 0; at < bytes.length; at += 1_000) yield bytes.slice(at, at + 1_000);
}

function uriOf(bytes: Uint8Array): string {
  return `data:image/png;base64,${bytes.toBase64()}`;
}

function pngText(length: number): string {
  return uriOf(drawPng(8, 8, "x".repeat(length)));
}
