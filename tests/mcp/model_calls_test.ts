/** Calls as models write them come to what is meant, or to an error that names what is legal. */

import assert from "node:assert/strict";
import { ImageError } from "../../src/errors.ts";
import { drawingRequest } from "../../src/mcp/arguments/drawing_request.ts";
import { readArguments } from "../../src/mcp/arguments/read_arguments.ts";
import { GENERATE_IMAGE, TOOL_DECLARATIONS } from "../../src/mcp/declarations/tools.ts";
import { openTestApp } from "../support/app.ts";
import { type Call, DRAWINGS, OTHERS } from "./model_calls.ts";

Deno.test("drawings are asked for as models mean them", async (context) => {
  await using test = await openTestApp();
  const dependencies = test.app.serverDependencies({ transport: "stdio" });
  const reader = {
    owner: "",
    signal: new AbortController().signal,
    copyPlace: dependencies.copyPlace,
  };
  for (const [call, { mistake, promptPart, ...understood }] of DRAWINGS) {
    await context.step(JSON.stringify(call), async () => {
      const { error, ...asked } = await askedFor(call);
      assert.match(error ?? "", new RegExp(RegExp.escape(String(mistake ?? ""))), error);
      assert.equal(error === undefined, mistake === undefined, error);
      assert.ok(
        String(asked.prompt ?? promptPart).includes(String(promptPart ?? "")),
        String(asked.prompt),
      );
      assert.deepEqual(partOf(asked, understood), understood);
    });
  }

  async function askedFor(call: Call): Promise<Call & { readonly error?: string }> {
    const prompt = "template" in call ? {} : { prompt: "a cat" };
    const read = readArguments(GENERATE_IMAGE.input, { ...prompt, ...call });
    if ("mistakes" in read) return { error: read.mistakes.join("; ") };
    try {
      const request = await drawingRequest(read.args, reader, dependencies);
      const { attempts: [first] } = await dependencies.imageService.check(request, "");
      const { provider, conversion, warnings } = first;
      return { ...first.request, provider, conversion, warnings };
    } catch (error) {
      if (error instanceof ImageError) return { error: error.message };
      throw error;
    }
  }
});

for (const [tool, call, understood] of OTHERS) {
  Deno.test(`${tool} understands ${JSON.stringify(call)}, or says what is legal`, () => {
    const { input } = TOOL_DECLARATIONS.find(({ name }) => name === tool)!;
    const read = readArguments(input, call);
    if (typeof understood === "string") {
      assert.ok(
        "mistakes" in read && read.mistakes[0]!.startsWith(understood),
        JSON.stringify(read),
      );
      return;
    }
    assert.ok("args" in read, JSON.stringify(read));
    assert.deepEqual(partOf(read.args, understood), understood);
  });
}

Deno.test("a hundred calls are tried", () => {
  assert.ok(DRAWINGS.length + OTHERS.length >= 100, `${DRAWINGS.length + OTHERS.length}`);
});

function partOf(whole: Call, part: Call): Call {
  return Object.fromEntries(Object.keys(part).map((name) => [name, whole[name]]));
}
