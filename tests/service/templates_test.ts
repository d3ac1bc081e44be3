/** Templates as files: what can be written, what is wrong and in which line, and what is read anew. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { createLogger } from "../../src/log.ts";
import { promptOf } from "../../src/requests/template.ts";
import { BUILT_IN } from "../../src/service/templates/built_in.ts";
import { Templates } from "../../src/service/templates/templates.ts";
import { readTemplate } from "../../src/service/templates/read_template.ts";
import { builtInTemplates } from "../tools/build_templates.ts";
import { temporaryFolder } from "../support/folder.ts";

Deno.test("every built-in template is one, and asks for all it needs in its list", async () => {
  await using opened = await open();
  const found = await opened.templates.all();
  assert.deepEqual(found.map(({ name }) => name), [...BUILT_IN.keys()]);
  for (const { name, template, mistake } of found) {
    assert.equal(mistake, undefined, name);
    const given = Object.fromEntries(template!.variables.map((each) => [each.name, "X"]));
    assert.doesNotMatch(promptOf(template!, given), /[{}\n]/, name);
    const needed = template!.variables.filter((each) => each.default === undefined);
    assert.ok(needed.length > 0 && needed.length < 3, name);
  }
});

Deno.test("the built-in templates are what their Markdown says", async () => {
  const words = "run deno run -A tests/tools/build_templates.ts";
  assert.deepEqual([...BUILT_IN.values()], await builtInTemplates(), words);
});

Deno.test("a file is a template the moment it is there, changed or gone", async () => {
  await using opened = await open();
  await opened.write("Cat.md", "A {color} cat");
  assert.deepEqual((await opened.templates.find(" CAT ")).variables.map(({ name }) => name), [
    "color",
  ]);
  await opened.write("Cat.md", "A {color} cat on {place}");
  assert.equal((await opened.templates.find("cat")).variables.length, 2);
  await Deno.remove(join(opened.folder, "Cat.md"));
  await assert.rejects(opened.templates.find("cat"), { message: /There is no template 'cat'/ });
});

Deno.test("a person's own template stands in for the built-in one of its name", async () => {
  await using opened = await open();
  await opened.write("logo.md", "My logo of {thing}");
  assert.equal((await opened.templates.find("logo")).text, "My logo of {thing}");
  const names = (await opened.templates.list()).map(({ name }) => name);
  assert.equal(names.filter((name) => name === "logo").length, 1);
});

Deno.test("of two files of one name the first is used, and the other is told of once", async () => {
  await using opened = await open();
  await using second = await temporaryFolder();
  await opened.write("cat.md", "first");
  await Deno.writeTextFile(join(second.path, "cat.md"), "second");
  const templates = new Templates({
    folders: [opened.folder, second.path],
    reserved: {},
    log: opened.log,
  });
  await templates.list();
  assert.equal((await templates.find("cat")).text, "first");
  const told = opened.lines.filter((line) => line.includes("has its name"));
  assert.equal(told.length, 1);
  assert.ok(told[0]!.includes(join(second.path, "cat.md")), told[0]);
});

Deno.test("a broken file is named with its line, and the others go on", async () => {
  await using opened = await open();
  await opened.write("good.md", "A {color} cat");
  await opened.write("broken.md", "---\ntitle: [x\n---\nA cat");
  await opened.write("image_generation_prompt.md", "A cat");
  await opened.write("two words.md", "A cat");
  await opened.write("large.md", "x".repeat(70_000));
  assert.equal((await opened.templates.find("good")).name, "good");
  await assert.rejects(opened.templates.find("broken"), {
    code: "invalid_parameters",
    message: /^Template 'broken' cannot be used: templates\/broken\.md, line \d: /,
  });
  await assert.rejects(opened.templates.find("image_generation_prompt"), { message: /rename/ });
  await assert.rejects(opened.templates.find("two words"), { message: /letters, digits/ });
  await assert.rejects(opened.templates.find("large"), { message: /70000 bytes.*65536/ });
  const told = opened.lines.filter((line) => line.includes("broken.md"));
  assert.equal(told.length, 1, "the log names it once");
  assert.ok(told[0]!.includes(opened.folder), "with its place");
  assert.deepEqual(
    (await opened.templates.list()).map(({ name }) => name),
    [...BUILT_IN.keys(), "good"],
  );
});

const FRONT = "---\nvariables:\n  color: Of its fur\n  place:\n    description: Where\n" +
  "    default: a wall\n    choices: [a wall, 3]\nrequest:\n  n: 2\nimages:\n  - img_a\n" +
  "  - {image: img_b, role: style}\n---\n";

Deno.test("a front matter says what goes in, what is asked for and by which pictures", () => {
  const template = readTemplate("my_cat", `\ufeff${FRONT}\nA {color} cat on {place}\n`);
  assert.deepEqual(template, {
    name: "my_cat",
    title: "My cat",
    description: "The prompt 'my_cat'",
    variables: [
      { name: "color", description: "Of its fur" },
      { name: "place", description: "Where", default: "a wall", choices: ["a wall", "3"] },
    ],
    request: { n: 2 },
    images: [{ image: "img_a", role: "reference" }, { image: "img_b", role: "style" }],
    text: "A {color} cat on {place}",
  });
  assert.equal(promptOf(template, { color: "red" }), "A red cat on a wall");
  assert.deepEqual(
    readTemplate("my_cat", `${FRONT}A {color} cat on {place}`.replaceAll("\n", "\r\n")),
    template,
  );
});

for (
  const [what, source, line, message] of [
    ["without an end", "---\ntitle: x\n", 1, /no end/],
    ["without a text", "---\ntitle: x\n---\n\n", 1, /no prompt/],
    ["that is no YAML", "---\ntitle: x\nvariables: {a: b\n---\nA", 4, /./],
    ["with an unknown key", "---\ntitle: x\n\ntitel: y\n---\nA", 4, /titel/],
    ["with a wrong value", "---\ntitle: x\nrequest:\n  n: 50\n---\nA", 4, /'request\.n'/],
    ["with an unknown request", "---\nrequest:\n  n: 1\n  sise: 2\n---\nA", 4, /sise/],
    ["with a path", "---\ntitle: x\nimages:\n  - /etc/cat.png\n---\nA", 3, /ids of pictures/],
    ["with the same key twice", "---\ntitle: x\ntitle: y\n---\nA", 3, /unique/i],
    ["with an alias", "---\ntitle: &a x\ndescription: *a\n---\nA", 3, /repeat it/],
    ["with an unused variable", "---\nvariables:\n  a: x\n---\nA", 3, /no gap '\{a\}'/],
    ["with an unknown gap", "---\nvariables:\n  a: x\n---\n{a}\n\n{b}", 7, /\{\{b\}\}/],
    ["that is a list", "---\n- a\n---\nA", 2, /./],
  ] as const
) {
  Deno.test(`a front matter ${what} is refused with its line`, () => {
    assert.throws(() => readTemplate("x", source), { name: "TemplateMistake", line, message });
  });
}

Deno.test("a folder that cannot be seen, or a hundred thousand letters, hold nothing up", async () => {
  const templates = new Templates({ folders: ["/nowhere/at/all"], reserved: {}, log: quiet([]) });
  assert.equal((await templates.list()).length, BUILT_IN.size);
  await assert.rejects(
    templates.find("x".repeat(100_000)),
    (error: Error) => error.message.length < 600,
  );
});

async function open() {
  const temporary = await temporaryFolder();
  const lines: string[] = [];
  const log = quiet(lines);
  const reserved = { image_generation_prompt: "a prompt" };
  return {
    folder: temporary.path,
    lines,
    log,
    templates: new Templates({ folders: [temporary.path], reserved, log }),
    write: (name: string, text: string) => Deno.writeTextFile(join(temporary.path, name), text),
    [Symbol.asyncDispose]: () => temporary[Symbol.asyncDispose](),
  };
}

function quiet(lines: string[]) {
  const write = (line: string) => void lines.push(line);
  return createLogger({ level: "debug", format: "text", secrets: () => [], write });
}
