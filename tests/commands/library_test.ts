/** The library in the shell, as a person uses it who has drawn a few pictures there. */

import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { parseCommandLine } from "../../src/commands/cli.ts";
import { runCompare } from "../../src/commands/compare.ts";
import { runGenerate } from "../../src/commands/generate.ts";
import {
  runDelete,
  runExport,
  runHistory,
  runImport,
  runRestore,
  runSearch,
  runUpdate,
} from "../../src/commands/library.ts";
import { runTransform } from "../../src/commands/transform.ts";
import { temporaryFolder } from "../support/folder.ts";
import { startProgram } from "../support/process.ts";
import { openTerminal, type Terminal } from "./terminal.ts";

const COMMANDS = {
  generate: runGenerate,
  transform: runTransform,
  compare: runCompare,
  search: runSearch,
  history: runHistory,
  update: runUpdate,
  delete: runDelete,
  restore: runRestore,
  export: runExport,
  import: runImport,
};

/** Pictures tell how they were asked for. */
const WITH_PROMPTS = { MCP_EMBED_METADATA: "full" };

/** Types a command line; what it prints, says and ends with. */
async function type(terminal: Terminal, ...line: readonly string[]) {
  const invocation = await parseCommandLine(line);
  assert.ok(invocation.kind === "command", JSON.stringify(invocation));
  const before = [terminal.stdout().length, terminal.stderr().length];
  const run = COMMANDS[invocation.command as keyof typeof COMMANDS];
  const code = await run(terminal.context(invocation.words, invocation.flags, WITH_PROMPTS));
  const [stdout, stderr] = [terminal.stdout(), terminal.stderr()].map((text, index) =>
    text.slice(before[index]).trim()
  );
  return { code, stdout: stdout!, stderr: stderr! };
}

async function draw(terminal: Terminal, prompt: string): Promise<string> {
  return (await type(terminal, "generate", prompt, "--resolution", "64x64")).stdout;
}

Deno.test("pictures are found, noted, thrown away and brought back by their files and ids", async () => {
  await using terminal = await openTerminal();
  const fox = await draw(terminal, "a small blue logo of a fox");
  const lake = await draw(terminal, "a watercolor of a lake");
  const idOf = (path: string) => basename(path, ".png");

  const found = await type(terminal, "search", "blue", "logo");
  assert.match(found.stdout, new RegExp(`^${idOf(fox)}  .*64x64.*a small blue logo of a fox\n`));
  assert.ok(found.stdout.endsWith(`  ${fox}`), found.stdout);
  assert.ok(!found.stdout.includes(lake));

  const noted = await type(
    terminal,
    ...["update", fox, "--title", "Fox", "--add-tag", "client-a", "--add-tag", "logos"],
    "--favorite",
  );
  assert.deepEqual([noted.code, noted.stdout], [0, idOf(fox)]);
  const tagged = await type(terminal, "search", "--tag", "client-a", "--favorite");
  assert.match(tagged.stdout, /\*\s+Fox\s+#client-a\s+#logos\n/);
  assert.ok((await type(terminal, "search", "--no-favorite")).stdout.includes(lake));

  const deleted = await type(terminal, "delete", lake, "img_none_1_000000000000000000000000");
  assert.equal(deleted.code, 1, "one of them is unknown");
  assert.equal(deleted.stdout, idOf(lake));
  assert.match(deleted.stderr, /restore ID[^]*'img_none_1_0+' is not among your pictures/);
  assert.match((await type(terminal, "search", "lake")).stderr, /Nothing was found/);
  assert.ok((await type(terminal, "search", "--trash")).stdout.includes(lake));
  assert.equal((await type(terminal, "restore", idOf(lake))).code, 0);
  assert.ok((await type(terminal, "search", "lake")).stdout.includes(lake));
  assert.equal((await type(terminal, "delete", lake, "--permanent")).code, 0);
  await assert.rejects(Deno.stat(lake), Deno.errors.NotFound);
});

Deno.test("a picture tells what it was made from and what from it", async () => {
  await using terminal = await openTerminal();
  const fox = await draw(terminal, "a fox");
  const small = (await type(terminal, "transform", fox, "--width", "32")).stdout;
  const [ofFox, ofSmall] = [
    await type(terminal, "history", fox),
    await type(terminal, "history", "last"),
  ];
  assert.match(ofFox.stdout, /^prompt: a fox$/m);
  assert.match(ofFox.stdout, new RegExp(`^Made of it:\n.*\n  ${RegExp.escape(small)}$`, "m"));
  assert.match(ofSmall.stdout, new RegExp(`^Made from:\n.*\n  ${RegExp.escape(fox)}$`, "m"));
});

Deno.test("more are shown page by page, and with --json as the tool gives them", async () => {
  await using terminal = await openTerminal();
  for (const prompt of ["a cat", "a dog", "an owl"]) await draw(terminal, prompt);
  const first = await type(terminal, "search", "--limit", "2");
  const [, cursor = ""] = /search … --cursor (\d+)/.exec(first.stderr) ?? [];
  const second = await type(terminal, "search", "--limit", "2", "--cursor", cursor);
  assert.match(first.stdout, /owl[^]*dog/);
  assert.match(second.stdout, /a cat/);
  const json = JSON.parse((await type(terminal, "search", "owl", "--json")).stdout);
  assert.deepEqual([json.ok, json.images.length, json.images[0].prompt], [true, 1, "an owl"]);
});

Deno.test("pictures go into a ZIP or a folder and come back with what their files tell", async () => {
  await using terminal = await openTerminal();
  await draw(terminal, "a red boat");
  const zip = await type(terminal, "export", "boats.zip", "--query", "boat");
  assert.deepEqual([zip.code, zip.stdout], [0, join(terminal.project, "boats.zip")]);
  assert.match(zip.stderr, /1 picture, with a manifest/);
  assert.match((await type(terminal, "export", "boats.zip", "last")).stderr, /already/);
  assert.match(
    (await type(terminal, "export", "none", "--favorite")).stderr,
    /no picture is found so/,
  );
  await assert.rejects(Deno.stat(join(terminal.project, "none")), Deno.errors.NotFound);
  await type(terminal, "export", "out", "last");
  await Deno.writeTextFile(join(terminal.project, "out", "broken.png"), "\x89PNG\r\n\x1a\n");
  const back = await type(terminal, "import", "out", "--tag", "old");
  assert.equal(back.code, 1, "one file is broken");
  assert.equal(back.stdout, "1 picture imported, 0 known already, 1 not imported");
  assert.match(back.stderr, /Not imported: .*broken\.png: /);
  assert.match((await type(terminal, "search", "boat", "--tag", "old")).stdout, /#old/);
});

Deno.test("a prompt is compared in several seeds on one sheet", async () => {
  await using terminal = await openTerminal();
  const compared = await type(
    terminal,
    ...["compare", "a cat", "--seeds", "1, 2", "--resolution", "64x64"],
  );
  assert.equal(compared.code, 0, compared.stderr);
  assert.ok((await Deno.stat(compared.stdout)).isFile);
  assert.match(compared.stderr, /^seed 1: .+\.png\nseed 2: .+\.png$/m);
});

Deno.test("Ctrl-C ends a comparison with words on what it leaves behind", async () => {
  await using folder = await temporaryFolder();
  const args = ["compare", "a castle", "--seeds", "1,2,3,4,5,6,7,8", "--resolution", "2048x2048"];
  await using program = startProgram({ folder: folder.path, args });
  await program.sees(/\d of 8 drawn/, 60);
  program.signal("SIGINT");
  const { code, stdout, stderr } = await program.end();
  assert.deepEqual([code, stdout], [130, ""], stderr);
  assert.match(stderr, /Stopped\. Vendors may charge/);
});

Deno.test("what cannot be done is one line in the words of the shell", async () => {
  await using terminal = await openTerminal();
  const said = async (...line: string[]) => {
    const { code, stderr } = await type(terminal, ...line);
    assert.equal(code, 1);
    return stderr;
  };
  assert.match(
    await said("search", "--after", "soon"),
    /after must be today, yesterday, last week, a date/,
  );
  assert.match(await said("history", "img_x"), /'mcp-image-server search' finds those/);
  assert.match(await said("export", "x.zip"), /give pictures, --query, --tag or --favorite/);
  assert.match(await said("update", "img_x"), /give a flag, such as --title/);
  assert.match(await said("import", "nowhere"), /nowhere/);
  assert.match(await said("compare", "a cat"), /nothing to compare/);
  const json = await type(terminal, "import", "nowhere", "--json");
  assert.equal(JSON.parse(json.stdout).ok, false);
});
