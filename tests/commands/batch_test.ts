/** `batch` as a person uses it: files of every kind, failures, and what is drawn when it is run again. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { runBatch } from "../../src/commands/batch.ts";
import { type FakeOpenAI, fakeOpenAI } from "../fakes/openai.ts";
import { startTencent } from "../fakes/tencent.ts";
import { temporaryFolder } from "../support/folder.ts";
import { startProgram } from "../support/process.ts";
import { until } from "../support/wait.ts";
import { openTerminal, type Terminal } from "./terminal.ts";
import { shareImageWorkers } from "../support/image_workers.ts";

shareImageWorkers();

const FILES: readonly (readonly [string, string, string, readonly string[]])[] = [
  ["a CSV", "cards.csv", "prompt,quality\na cat,low\na dog,\n", ["a cat", "a dog"]],
  ["a CSV of Excel", "cards.csv", "\ufeffPrompt;Quality\r\na cat;low\r\n;\r\n", ["a cat"]],
  ["columns with a tab between", "cards.tsv", "prompt\tquality\na cat, sitting\tlow\n", [
    "a cat, sitting",
  ]],
  ["quoted values", "cards.csv", 'prompt\n"a ""big"" cat,\nsitting"\n', [
    'a "big" cat,\nsitting',
  ]],
  ["JSON lines", "cards.jsonl", '{"prompt":"a cat","quality":"low"}\n\n"a dog"\n', [
    "a cat",
    "a dog",
  ]],
];

for (const [what, name, text, prompts] of FILES) {
  Deno.test(`${what} is drawn line by line, and the paths are printed in their order`, async () => {
    await using vendor = fakeOpenAI();
    await using terminal = await openTerminal();
    const { code, paths } = await run(terminal, vendor, name, text);
    assert.equal(code, 0, terminal.stderr());
    assert.deepEqual(promptsSent(vendor), prompts);
    assert.equal(paths.length, prompts.length);
    for (const path of paths) assert.ok((await Deno.stat(path)).isFile);
    assert.match(terminal.stderr(), new RegExp(`${prompts.length} of ${prompts.length} drawn$`));
  });
}

Deno.test("columns go into the gaps of a prompt or a template, and flags count for all lines", async () => {
  await using vendor = fakeOpenAI();
  await using terminal = await openTerminal();
  const text = "animal,place,quality\ncat,a garden,\nfox,the snow,high\n";
  const flags = { prompt: "a {animal} in {place}, {mood}", var: "mood=calm", quality: "low" };
  const { code } = await run(terminal, vendor, "animals.csv", text, flags);
  assert.equal(code, 0, terminal.stderr());
  assert.deepEqual(
    vendor.requests.map(({ json }) => (json as { prompt: string; quality: string }))
      .map(({ prompt, quality }) => [prompt, quality]),
    [["a cat in a garden, calm", "low"], ["a fox in the snow, calm", "high"]],
  );
  const logo = { template: "logo" };
  await run(terminal, vendor, "logos.csv", "subject\na bakery named Morning\n", logo);
  assert.match(promptsSent(vendor).at(-1)!, /A flat vector logo for a bakery named Morning/);
});

const MISTAKES: readonly (readonly [string, string, string, RegExp])[] = [
  ["no such column", "a.csv", "text,size\na cat,1\n", /a\.csv has no column 'prompt', only 'text'/],
  ["a column without a name", "a.csv", "prompt,,seed\n", /line 1: column 2 has no name/],
  ["a column that is there twice", "a.csv", "prompt,prompt\nx,y\n", /line 1: column 'prompt' is/],
  ["a value too many", "a.csv", "prompt,seed\na cat,1\na dog,2,3\n", /line 3: it has 3 values/],
  ["an open quote", "a.csv", 'prompt\na cat\n"a dog\n', /line 3: a double quote opens/],
  ["a quote in the middle", "a.csv", 'prompt\na "cat"\n', /line 2: its double quotes are wrong/],
  ["an illegal value", "a.csv", 'prompt,seed\n"a\ncat",1\nx,y\n', /drawn: line 4: 'seed' must be/],
  ["an unknown column", "a.csv", "prompt,notes\nx,y\n", /line 2: Unknown argument 'notes'/],
  ["what the provider cannot do", "a.csv", "prompt,style\nx,nope\n", /line 2: .*style 'nope'/],
  ["broken JSON", "a.jsonl", '"a"\n\n{"prompt":\n[1]\n', /line 3, line 4: it must be JSON/],
  ["nothing", "a.csv", "prompt\n\n", /asks for nothing/],
  ["another kind of file", "a.xlsx", "x", /must end in \.csv, \.tsv or \.jsonl/],
];

Deno.test("a mistake in a file names its line, and nothing is drawn", async () => {
  await using vendor = fakeOpenAI();
  for (const [what, name, text, message] of MISTAKES) {
    await using terminal = await openTerminal();
    const { code } = await run(terminal, vendor, name, text);
    assert.equal(code, 1, what);
    assert.match(terminal.stderr(), message, what);
    const left = [...Deno.readDirSync(terminal.project)].map((entry) => entry.name);
    assert.deepEqual(left, [name], "no folder is left behind");
  }
  assert.equal(vendor.requests.length, 0);
});

Deno.test("a file that is not UTF-8, or not there, is told of", async () => {
  await using vendor = fakeOpenAI();
  await using terminal = await openTerminal();
  await Deno.writeFile(join(terminal.project, "a.csv"), new Uint8Array([0xff, 0xfe, 0x70, 0x00]));
  assert.equal(await runBatch(terminal.context(["a.csv"], {}, vendor.environment)), 1);
  assert.match(terminal.stderr(), /a\.csv is not UTF-8 text: save it as "CSV UTF-8"/);
  assert.equal(await runBatch(terminal.context(["b.csv"], {}, vendor.environment)), 1);
  assert.match(terminal.stderr(), /b\.csv cannot be read: there is none/);
});

Deno.test("run again, only what is missing is drawn, also after lines were changed", async () => {
  await using vendor = fakeOpenAI();
  await using terminal = await openTerminal();
  vendor.misbehave("refused by moderation", 1);
  const first = await run(terminal, vendor, "a.csv", "prompt\na cat\na dog\na dog\n");
  assert.equal(first.code, 1);
  assert.match(terminal.stderr(), /line 2: .*safety system/);
  assert.match(terminal.stderr(), /2 of 3 drawn, 1 failed; the same command draws what is missing/);

  const second = await run(terminal, vendor, "a.csv", "prompt\na dog\na tame cat\na dog\n");
  assert.equal(second.code, 0, terminal.stderr());
  assert.match(terminal.stderr(), /Note: 2 of 3 were drawn before and stay as they are/);
  assert.deepEqual(promptsSent(vendor), ["a cat", "a dog", "a dog", "a tame cat"]);
  const [dog, cat, other] = second.paths;
  assert.deepEqual([dog, other], first.paths);

  await Deno.remove(dog!);
  const third = await run(terminal, vendor, "a.csv", "prompt\na dog\na tame cat\na dog\n");
  assert.deepEqual(third.paths.slice(1), [cat, other]);
  assert.equal(vendor.requests.length, 4, "a file that somebody removed is not paid for again");

  const elsewhere = { out: join(terminal.project, "elsewhere") };
  await run(terminal, vendor, "a.csv", "prompt\na dog\n", elsewhere);
  assert.equal(vendor.requests.length, 5, "another folder knows of nothing");
});

Deno.test("with --json all of it is one object, what failed too", async () => {
  await using vendor = fakeOpenAI();
  await using terminal = await openTerminal();
  vendor.misbehave("refused by moderation", 1);
  const flags = { json: "true" };
  assert.equal((await run(terminal, vendor, "a.csv", "prompt\n\na cat\na dog\n", flags)).code, 1);
  const { ok, batch, items, error } = JSON.parse(terminal.stdout());
  assert.deepEqual([ok, batch.drawn, batch.failed, error.code], [false, 1, 1, "generation_failed"]);
  assert.deepEqual(
    items.map(({ line, state, error, paths }: Record<string, unknown[] & { code: string }>) => [
      line,
      state,
      error?.code ?? null,
      paths!.length,
    ]),
    [[3, "failed", "content_refused", 0], [4, "drawn", null, 1]],
  );
});

Deno.test({
  name: "Ctrl-C waits for what is being drawn, and the same command goes on",
  ignore: Deno.build.os === "windows", // no other process can press Ctrl-C there
  async fn() {
    await using fake = await startTencent({ concurrency: 1_000 });
    fake.hold();
    await using folder = await temporaryFolder();
    await Deno.writeTextFile(join(folder.path, "a.csv"), "prompt\none\ntwo\nthree\nfour\n");
    const env = { ...fake.environment, HUNYUAN_CONCURRENCY: "1" };
    const options = { folder: folder.path, env, args: ["batch", "a.csv"] };
    const submitted = () =>
      fake.requests.filter(({ headers }) => headers["x-tc-action"]?.startsWith("Submit")).length;
    {
      await using program = startProgram(options);
      await until("the vendor has the first", () => submitted() === 1, { seconds: 30 });
      await program.sees(/\d of 4: Drawing/);
      program.signal("SIGINT");
      await program.sees(/A picture is being drawn and may be charged, so this waits for/);
      fake.finish();
      assert.equal((await program.status).code, 130, program.stderr);
      assert.match(program.stderr, /1 of 4 drawn.*; the same command draws what is missing/);
      assert.equal(program.stdout.trimEnd().split("\n").length, 1);
    }
    await using again = startProgram(options);
    assert.equal((await again.status).code, 0, again.stderr);
    assert.match(again.stderr, /Note: 1 of 4 were drawn before/);
    assert.equal(again.stdout.trimEnd().split("\n").length, 4);
    assert.equal(submitted(), 4);
  },
});

Deno.test("after a kill the same command fetches what the vendor had, and draws the rest", async () => {
  await using fake = await startTencent({ concurrency: 1_000 });
  fake.hold();
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(join(folder.path, "a.csv"), "prompt\none\ntwo\nthree\n");
  const env = { ...fake.environment, HUNYUAN_CONCURRENCY: "1" };
  const options = { folder: folder.path, env, args: ["batch", "a.csv"] };
  const asked = (action: string) =>
    fake.requests.filter(({ headers }) => headers["x-tc-action"]?.startsWith(action)).length;
  {
    await using program = startProgram(options);
    await until("the vendor is asked how far it is", () => asked("Query") >= 1, { seconds: 30 });
    await program.kill();
  }
  fake.finish();
  await using again = startProgram(options);
  assert.equal((await again.status).code, 0, again.stderr);
  assert.equal(again.stdout.trimEnd().split("\n").length, 3);
  assert.equal(asked("Submit"), 3, "nothing was paid for twice");
});

/** Writes the file, and draws what it asks for, one line after another. */
async function run(
  terminal: Terminal,
  vendor: FakeOpenAI,
  name: string,
  text: string,
  flags: Readonly<Record<string, string>> = {},
) {
  await Deno.writeTextFile(join(terminal.project, name), text);
  const before = terminal.stdout();
  const env = { ...vendor.environment, MCP_MAX_CONCURRENT: "2" };
  const code = await runBatch(terminal.context([name], flags, env));
  const paths = terminal.stdout().slice(before.length).split("\n").filter((path) => path !== "");
  return { code, paths };
}

function promptsSent({ requests }: FakeOpenAI): readonly string[] {
  return requests.map(({ json }) => (json as { prompt: string }).prompt);
}
