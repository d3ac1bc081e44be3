import assert from "node:assert/strict";
import {
  lengthProblem,
  longestMessage,
  memberProblem,
  PICTURE_BYTES,
  StructureCheck,
  structureProblem,
  USUAL_BYTES,
} from "../../src/mcp/message_bounds.ts";
import { processorTimeOf } from "../support/processor_time.ts";

Deno.test("a message is refused for its depth and its members, by its own id", () => {
  const deep = (levels: number) => `{"id":7,"params":${"[".repeat(levels)}${"]".repeat(levels)}}`;
  assert.equal(structureProblem(deep(62)), undefined);
  const tooDeep = { code: -32600, message: "The message nests deeper than 64 levels", id: 7 };
  assert.deepEqual(structureProblem(deep(100)), tooDeep);
  assert.deepEqual(structureProblem("[".repeat(1_000_000)), { ...tooDeep, id: null });
  const full = `{"params":[${"1,".repeat(6_000)}1], "id" : "a\\"b"}`;
  assert.deepEqual(structureProblem(full), {
    code: -32600,
    message: "The message has more than 5000 members",
    id: 'a"b',
  });
});

Deno.test("what stands within strings is no structure", () => {
  const text = JSON.stringify({ a: `\\"${"[{,\\".repeat(10_000)}`, id: { id: 1 } });
  assert.equal(structureProblem(text), undefined);
});

Deno.test("a text in parts is judged as the whole, wherever it is cut", () => {
  const strings = JSON.stringify({ id: 1, a: '\\"[[', "b\\\\": '"{,\\' });
  for (const text of [strings, `{"a":"\\\\\\"","b":${"[".repeat(70)}`, `["${"\\".repeat(6)}",1]`]) {
    for (let cut = 0; cut <= text.length; cut++) {
      const check = new StructureCheck();
      check.read(text.slice(0, cut));
      const { message } = check.read(text.slice(cut)) ?? {};
      assert.equal(message, structureProblem(text)?.message, `${text} cut at ${cut}`);
    }
  }
});

Deno.test("strings without end are too many members, though no comma stands between them", () => {
  assert.match(structureProblem('""'.repeat(30_000))!.message, /more than 5000 members/);
  const many = JSON.stringify(Array.from({ length: 2_400 }, (_, index) => ({ a: `${index}` })));
  assert.equal(structureProblem(many), undefined);
});

Deno.test("text of every kind is looked through once", () => {
  const texts = ['"', "\\", '\\"', '"\\', "[", ",", '{"id":', " ", '"id":"'].map((each) =>
    each.repeat(4_000_000)
  );
  const took = processorTimeOf(() => texts.forEach((text) => void structureProblem(text)));
  assert.ok(took < 3_000, `${took} ms`);
});

Deno.test("words that are looked for or repeated have a length", () => {
  const long = "x".repeat(5_000);
  const code = (message: unknown) => memberProblem(message)?.code;
  assert.equal(code({ id: 1, method: "tools/call", params: { name: "a", uri: "b" } }), undefined);
  assert.equal(code({ id: 1, method: long }), -32600);
  assert.equal(code({ id: long, method: "ping" }), -32600);
  assert.equal(code({ id: 1, method: "tools/call", params: { name: long } }), -32602);
  assert.equal(code({ id: 1, method: "resources/read", params: { uri: long } }), -32602);
  assert.equal(code(null), undefined);
});

Deno.test("only calls of tools that take pictures may be long, and only by their pictures", () => {
  const pictures = { edit: ["image", "images"] };
  assert.equal(longestMessage(USUAL_BYTES, {}), USUAL_BYTES);
  assert.equal(longestMessage(USUAL_BYTES, pictures), PICTURE_BYTES);
  const call = (name: string, args: Record<string, unknown>) => {
    const message = { id: 3, method: "tools/call", params: { name, arguments: args } };
    return lengthProblem(message, JSON.stringify(message).length, USUAL_BYTES, pictures);
  };
  const large = "A".repeat(3 * USUAL_BYTES);
  assert.equal(call("edit", { image: large }), undefined);
  assert.equal(call("edit", { images: [large, large] }), undefined);
  assert.equal(call("edit", { prompt: large })?.id, 3);
  assert.equal(call("draw", { image: large })?.code, -32600);
});
