import assert from "node:assert/strict";
import { StdioTransport } from "../../src/mcp/stdio.ts";
import { pause } from "../support/wait.ts";

Deno.test("a client that reads nothing is kept few bytes of answers, and asked to read", async () => {
  const read = Promise.withResolvers<void>();
  let held = 0;
  let asked = 0;
  let isOver = false;
  const input = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      asked++;
      await pause(1);
      if (isOver) return controller.close();
      controller.enqueue(new TextEncoder().encode(`{"jsonrpc":"2.0","method":"x/${asked}"}\n`));
    },
  }, { highWaterMark: 0 });
  const chunks: string[] = [];
  const output = new WritableStream<Uint8Array>({
    async write(chunk) {
      chunks.push(new TextDecoder().decode(chunk.subarray(0, 200)));
      await read.promise;
    },
  }, { highWaterMark: 1, size: (chunk) => (held += chunk!.length, chunk!.length) });
  const writer = output.getWriter();
  const write = (bytes: Uint8Array) => writer.write(bytes);
  const line = new StdioTransport({ input, write }, { graceSeconds: 0, onProblem() {} });
  await line.start();
  const result = { text: "x".repeat(10_000_000) };
  const sent = Array.from(
    { length: 40 },
    (_, id) => line.send({ jsonrpc: "2.0", id, result }),
  );
  await pause(50);
  assert.ok(held < 40_000_000, `${held} bytes are held`);
  const before = asked;
  await pause(50);
  assert.ok(asked - before <= 2, "no more is taken in");
  read.resolve();
  await Promise.all(sent);
  assert.equal(chunks.length, 40);
  assert.equal(
    chunks.filter((text) => text.includes("earlier answers wait to be read")).length,
    37,
  );
  isOver = true;
  await line.ended;
});
