/** Templates in the shell. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../support/folder.ts";
import { runToEnd } from "../support/process.ts";

Deno.test("templates are listed and shown, and one is drawn with --var", async () => {
  await using folder = await temporaryFolder();
  const own = join(folder.path, "generated_images", "templates");
  await Deno.mkdir(own, { recursive: true });
  await Deno.writeTextFile(join(own, "cat.md"), "A {color} cat on {place}");
  await Deno.writeTextFile(join(own, "bad.md"), "---\nfoo: 1\n---\nA cat");
  const run = (...args: string[]) => runToEnd({ folder: folder.path, args, env: WITH_PROMPTS });
  const [listed, shown, json, unknown] = await Promise.all([
    run("templates"),
    run("templates", "cat"),
    run("templates", "--json"),
    run("templates", "catt"),
  ]);
  assert.match(listed.stdout, /^logo +A simple mark/m);
  assert.match(listed.stdout, /^cat +The prompt 'cat' \(.*cat\.md\)/m);
  assert.match(listed.stderr, /bad\.md cannot be used: templates\/bad\.md, line 2/);
  assert.match(shown.stdout, /color: color \(must be given\)[^]*A \{color\} cat on \{place\}/);
  const { ok, templates, broken } = JSON.parse(json.stdout);
  assert.equal(ok, true);
  assert.ok(templates.some(({ name }: { name: string }) => name === "cat"));
  assert.equal(broken[0].name, "bad");
  assert.deepEqual([unknown.code, unknown.stderr.includes("did you mean 'cat'?")], [1, true]);

  const drawn = await run(
    ...["generate", "--template", "cat", "--var", "color=red", "--var", "place=a=b, wall"],
    ...["--resolution", "64x64"],
  );
  assert.equal(drawn.code, 0, drawn.stderr);
  const inspected = await run("inspect", drawn.stdout.trim(), "--json");
  assert.equal(JSON.parse(inspected.stdout).metadata.made.prompt, "A red cat on a=b, wall");
});

Deno.test("a variable without a value, or without its template, is one line", async () => {
  await using folder = await temporaryFolder();
  const run = (...args: string[]) => runToEnd({ folder: folder.path, args, env: WITH_PROMPTS });
  const [noSign, noTemplate, missing] = await Promise.all([
    run("generate", "--template", "logo", "--var", "subject"),
    run("generate", "a cat", "--var", "subject=x"),
    run("generate", "--template", "logo"),
  ]);
  assert.match(noSign.stderr, /--var needs NAME=VALUE/);
  assert.match(noTemplate.stderr, /'variables' go into a template/);
  assert.match(missing.stderr, /the variable 'subject' is missing/);
  assert.deepEqual([noSign.code, noTemplate.code, missing.code], [1, 1, 1]);
});

Deno.test("a picture is changed as a template says", async () => {
  await using folder = await temporaryFolder();
  const run = (...args: string[]) => runToEnd({ folder: folder.path, args, env: WITH_PROMPTS });
  const own = join(folder.path, "generated_images", "templates");
  await Deno.mkdir(own, { recursive: true });
  await Deno.writeTextFile(join(own, "hat.md"), "Put a {color} hat on its head");
  const cat = await run("generate", "a cat", "--resolution", "64x64");
  const edited = await run("edit", cat.stdout.trim(), "--template", "hat", "--var", "color=red");
  assert.equal(edited.code, 0, edited.stderr);
  const inspected = await run("inspect", edited.stdout.trim(), "--json");
  assert.equal(JSON.parse(inspected.stdout).metadata.made.prompt, "Put a red hat on its head");
});

/** Pictures tell how they were asked for. */
const WITH_PROMPTS = { MCP_EMBED_METADATA: "full" };
