import assert from "node:assert/strict";
import { StdioTransport } from "../../src/mcp/stdio.ts";
import { pause, until } from "../support/wait.ts";

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

Deno.test("a client with a thousand open requests is asked to wait, and quick ones are answered all the same", async () => {
  let send = (_text: string) => {};
  const input = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      send = (text) => controller.enqueue(new TextEncoder().encode(text));
    },
  });
  const answers: { readonly id: number; readonly error?: { readonly message: string } }[] = [];
  const write = (bytes: Uint8Array) => {
    answers.push(JSON.parse(new TextDecoder().decode(bytes)));
    return Promise.resolve();
  };
  const line = new StdioTransport({ input, write }, { graceSeconds: 0, onProblem() {} });
  const slow: number[] = [];
  line.onmessage = (message) => {
    if (!("method" in message) || !("id" in message)) return;
    if (message.method === "slow") slow.push(Number(message.id));
    else setTimeout(() => void line.send({ jsonrpc: "2.0", id: message.id, result: {} }));
  };
  await line.start();
  const request = (method: string, id: number) =>
    `${JSON.stringify({ jsonrpc: "2.0", id, method })}\n`;
  const many = (method: string, count: number) =>
    Array.from({ length: count }, (_, id) => request(method, id)).join("");
  send(many("ping", 3_000));
  await until("all are answered", () => answers.length === 3_000);
  assert.ok(answers.every(({ error }) => error === undefined));

  send(many("slow", 1_000) + request("slow", 5_000));
  const refused = await until("one is refused", () => answers.find(({ id }) => id === 5_000));
  assert.match(refused.error!.message, /^1000 requests wait for their answers/);
  assert.equal(slow.length, 1_000);
  await line.send({ jsonrpc: "2.0", id: 7, result: {} });
  send(request("ping", 6_000));
  await until("there is room again", () => answers.some(({ id }) => id === 6_000));
  await line.close();
});
