/** How the view reads what a tool answered: by real answers, whole and with what hosts leave out. */

import assert from "node:assert/strict";
import { type Answer, readAnswer, type ToolResult } from "../../src/page/view/answer.ts";
import { bounded, regionBetween, withKey } from "../../src/page/view/regions.ts";
import { connectTestClient, openTestApp } from "../support/app.ts";
import { shareImageWorkers } from "../support/image_workers.ts";

shareImageWorkers();

const SMALL = { prompt: "a bay", resolution: "64x64" };

/** What a client that calls itself `name` gets to see. */
async function answersOf(
  calls: readonly (readonly [tool: string, args: Record<string, unknown>])[],
  { name = "test", env = {} }: { name?: string; env?: Record<string, string> } = {},
): Promise<readonly ToolResult[]> {
  await using test = await openTestApp({ env });
  await using client = await connectTestClient(test.app, { name });
  const results: ToolResult[] = [];
  for (const [tool, args] of calls) {
    results.push(await client.client.callTool({ name: tool, arguments: args }) as ToolResult);
  }
  return results;
}

function looksOf({ pictures }: Answer) {
  return pictures.map(({ source, isLarge }) => source ? (isLarge ? "large" : "small") : "none");
}

Deno.test("each picture of an answer gets its own block", async () => {
  const [result] = await answersOf([["generate_image", { ...SMALL, n: 3 }]]);
  const answer = readAnswer(result!, "a bay");
  assert.deepEqual(looksOf(answer), ["large", "large", "large"]);
  const blocks = result!.content!.filter(({ type }) => type === "image");
  for (const [index, { source, about, facts }] of answer.pictures.entries()) {
    assert.ok(source?.endsWith(String(blocks[index]!.data)));
    assert.equal(about, "a bay");
    assert.match(facts, /^placeholder · 64\s×\s64 · seed \d+$/);
  }
});

for (const name of ["test", "codex-mcp-client"]) {
  Deno.test(`previews and pictures that are not there are told apart for ${name}`, async () => {
    const env = { MCP_MAX_RESULT_BYTES: "60000" };
    const large = { prompt: "a bay", resolution: "1024x1024" };
    const [one, two] = await answersOf(
      [["generate_image", large], ["generate_image", { ...large, n: 2 }]],
      { name, env },
    );
    assert.deepEqual(looksOf(readAnswer(one!)), ["large"]); // no answer holds more of it
    assert.equal(readAnswer(two!).pictures.length, 2);
    if (name === "test") {
      assert.deepEqual(looksOf(readAnswer(two!)), ["small", "small"]);
      // As when the preview of the first was not made in time.
      const late = { ...two!, content: two!.content!.toSpliced(1, 1) };
      assert.deepEqual(looksOf(readAnswer(late)), ["none", "small"]);
    } else {
      const late = { ...two!, content: two!.content!.toSpliced(1, 1) };
      assert.deepEqual(looksOf(readAnswer(late)), ["none", "none"]); // rather than another's
    }
  });
}

Deno.test("a search shows its first few, a comparison its sheet", async () => {
  const [, , found, compared] = await answersOf([
    ["generate_image", { ...SMALL, n: 3 }],
    ["generate_image", { ...SMALL, n: 3 }],
    ["search_images", { limit: 5 }],
    ["compare_images", { prompt: "a fox", seeds: [1, 2] }],
  ]);
  const search = readAnswer(found!);
  assert.deepEqual(looksOf(search), ["small", "small", "small", "small", "none"]);
  assert.ok(search.cursor);
  const [sheet, ...pictures] = readAnswer(compared!, "a fox").pictures;
  assert.ok(sheet!.source);
  assert.deepEqual(pictures.map(({ facts, source }) => [facts.split(" · ")[0], source]), [
    ["seed 1", undefined],
    ["seed 2", undefined],
  ]);
});

Deno.test("an answer without structured content, or with nothing else, is read all the same", async () => {
  const [result] = await answersOf([["generate_image", SMALL]]);
  const whole = readAnswer(result!);
  const [short] = readAnswer({ content: result!.content }).pictures;
  assert.equal(short!.id, whole.pictures[0]!.id);
  assert.equal(short!.path, whole.pictures[0]!.path);
  assert.ok(short!.source);
  const [bare] = readAnswer({ structuredContent: result!.structuredContent }).pictures;
  assert.deepEqual([bare!.id, bare!.source], [short!.id, undefined]);
  assert.equal(readAnswer({ content: [] }).pictures.length, 0);
  const broken = { content: [{ type: "text", text: "The host timed out" }], isError: true };
  assert.equal(readAnswer(broken).error?.message, "The host timed out");
});

Deno.test("jobs, warnings and failures are read", async () => {
  const [waiting, failed] = await answersOf([
    ["generate_image", { prompt: "a bay", resolution: "1024x1024", wait_seconds: 0 }],
    ["generate_image", { prompt: "a bay", style: "nope" }],
  ]);
  const { jobs: [job], pictures } = readAnswer(waiting!);
  assert.match(job!.id, /^job_/);
  assert.equal(pictures.length, 0);
  const { error } = readAnswer(failed!);
  assert.equal(error?.code, "invalid_style");
  assert.match(error.message, /nope/);
});

Deno.test("only what a browser shows as a picture, and only web addresses, are taken", () => {
  const entry = { id: "img_1", url: "javascript:alert(1)" };
  const html = { type: "image", mimeType: "text/html", data: "PHNjcmlwdD4=" };
  const answer = readAnswer({ content: [html], structuredContent: { images: [entry] } });
  assert.deepEqual([answer.pictures[0]!.url, answer.pictures[0]!.source], [undefined, undefined]);
});

Deno.test("regions stay within the picture, whatever the mouse and the keys do", () => {
  const region = regionBetween({ x: 1.4, y: 0.9 }, { x: 0.25, y: -3 });
  assert.deepEqual(region, { x: 0.25, y: 0, width: 0.75, height: 0.9 });
  assert.deepEqual(withKey(region, "ArrowRight", false), region);
  assert.equal(withKey(region, "Delete", false), null);
  assert.equal(withKey(region, "a", false), undefined);
  let smaller = region;
  for (let press = 0; press < 100; press++) smaller = withKey(smaller, "ArrowLeft", true)!;
  assert.ok(smaller.width > 0);
  const third = bounded({ x: 1 / 3, y: 0, width: 2 / 3, height: 1 });
  assert.ok(third.x + third.width <= 1);
});
