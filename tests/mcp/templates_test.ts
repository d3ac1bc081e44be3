/** Templates over the protocol: prompts to fill in, and pictures that are drawn by them. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { GENERATE_IMAGE } from "../../src/mcp/declarations/tools.ts";
import { BUILT_IN } from "../../src/service/templates/built_in.ts";
import { connectTestClient, openTestApp, type TestApp } from "../support/app.ts";

const SMALL = { resolution: "64x64" };

Deno.test("generate_image names every template that comes along", () => {
  const [named] = GENERATE_IMAGE.input.template.description.split(" or your own");
  assert.deepEqual(named!.split(", "), [...BUILT_IN.keys()].sort());
});

for (const mode of ["legacy", "auto"] as const) {
  Deno.test(`a template is a prompt with arguments and completion for ${mode} clients`, async () => {
    await using test = await openTestApp();
    await using client = await connectTestClient(test.app, { mode });
    await write(test, "cat.md", CAT);
    const { prompts } = await client.client.listPrompts();
    assert.deepEqual(prompts.at(-1), {
      name: "cat",
      title: "Cat",
      description: "A cat somewhere",
      arguments: [
        { name: "color", description: "Of its fur", required: true },
        { name: "place", description: "Where (default a wall)", required: false },
      ],
    });
    const { messages } = await client.client.getPrompt({
      name: "cat",
      arguments: { color: "red" },
    });
    const [{ content }] = messages as [typeof messages[number]];
    assert.ok(content.type === "text");
    assert.match(content.text, /generate_image[^]*"template": "cat"[^]*"color": "red"/);
    assert.match(content.text, /A red cat on a wall$/);
    const complete = async (name: string, value: string) =>
      (await client.client.complete({
        ref: { type: "ref/prompt", name: "cat" },
        argument: { name, value },
      })).completion.values;
    assert.deepEqual(await complete("place", ""), ["a wall", "Dach"]);
    assert.deepEqual(await complete("place", "da"), ["Dach"]);
    assert.deepEqual(await complete("color", ""), []);
    const ask = (name: string, args: Record<string, string>) =>
      client.client.getPrompt({ name, arguments: args });
    await assert.rejects(ask("cat", {}), { code: -32602, message: /'color' is missing/ });
    await assert.rejects(ask("cat", { color: "red", plce: "x" }), {
      code: -32602,
      message: /did you mean 'place'/,
    });
    await assert.rejects(ask("catt", {}), { code: -32602, message: /did you mean 'cat'/ });
  });
}

Deno.test("a picture is drawn by a template, and what the request says goes before it", async () => {
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app);
  await write(test, "cat.md", CAT);
  const draw = async (args: Record<string, unknown>) => {
    const { envelope } = await client.call("generate_image", { template: "cat", ...args });
    assert.equal(envelope.ok, true, envelope.error?.message);
    const { envelope: { image } } = await client.call("image_history", {
      image_id: envelope.images[0].id,
    });
    const [{ width, height }] = envelope.images;
    return { image, count: envelope.images.length, size: [width, height] };
  };
  const plain = await draw({ variables: { color: "red" } });
  assert.equal(plain.image.prompt, "A red cat on a wall");
  assert.deepEqual([...plain.size, plain.count], [64, 64, 2]);
  const said = await draw({
    variables: '{"color": "blue", "place": "Dach"}',
    prompt: "It sleeps.",
    resolution: "96x64",
    n: 1,
  });
  assert.equal(said.image.prompt, "A blue cat on Dach\n\nIt sleeps.");
  assert.deepEqual([...said.size, said.count], [96, 64, 1]);
});

Deno.test("what is wrong with a template or its variables is one sentence that helps", async () => {
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app);
  await write(test, "cat.md", CAT);
  await write(test, "broken.md", "---\nfoo: 1\n---\nA cat");
  const refused = async (args: Record<string, unknown>) => {
    const { envelope } = await client.call("generate_image", args);
    assert.equal(envelope.ok, false);
    return envelope.error.message;
  };
  assert.match(await refused({ template: "cat" }), /the variable 'color' is missing/);
  assert.match(await refused({ template: "cat", variables: { color: "" } }), /'color' is missing/);
  assert.match(await refused({ template: "caat" }), /did you mean 'cat'/);
  assert.match(
    await refused({ template: "broken" }),
    /templates\/broken\.md, line 2: 'foo' is no key of a template/,
  );
  assert.match(await refused({ prompt: "x", variables: { a: "b" } }), /name one as 'template'/);
  assert.match(await refused({ template: "cat", variables: [1] }), /'variables' must be an object/);
  assert.match(await refused({ template: "cat", variables: { color: {} } }), /'variables' must be/);
  assert.match(await refused({}), /'prompt' must be/);
});

Deno.test("a sheet's pictures come in by their ids, so that the same figure comes back", async () => {
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app);
  const { envelope: { images: [fox] } } = await client.call("generate_image", {
    prompt: "a fox",
    ...SMALL,
  });
  const sheet = `---\nimages: [${fox.id}]\n---\nThe same fox, {doing}`;
  await write(test, "fox.md", sheet);
  const parentsOf = async (tool: string, args: Record<string, unknown>) => {
    const call = { template: "fox", variables: { doing: "asleep" }, ...SMALL, ...args };
    const { envelope } = await client.call(tool, call);
    assert.equal(envelope.ok, true, envelope.error?.message);
    const { envelope: { parents } } = await client.call("image_history", {
      image_id: envelope.images[0].id,
    });
    return parents.map(({ id }: { id: string }) => id);
  };
  assert.deepEqual(await parentsOf("generate_image", {}), [fox.id]);
  assert.deepEqual(await parentsOf("edit_image", {}), [fox.id]);
  const { envelope: { images: [den] } } = await client.call("generate_image", {
    prompt: "a den",
    ...SMALL,
  });
  assert.deepEqual(await parentsOf("edit_image", { images: [den.id] }), [den.id, fox.id]);
  await write(test, "fox.md", sheet.replace(fox.id, "img_none"));
  const { envelope } = await client.call("generate_image", {
    template: "fox",
    variables: { doing: "asleep" },
  });
  assert.equal(envelope.error.code, "image_not_found");
});

const CAT = `---
description: A cat somewhere
variables:
  color: Of its fur
  place:
    description: Where
    default: a wall
    choices: [a wall, Dach]
request:
  resolution: 64x64
  n: 2
---

A {color} cat on {place}
`;

async function write({ folder }: TestApp, name: string, text: string): Promise<void> {
  await Deno.mkdir(join(folder, "templates"), { recursive: true });
  await Deno.writeTextFile(join(folder, "templates", name), text);
}
