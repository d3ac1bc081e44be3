import assert from "node:assert/strict";
import { fakeArk } from "../fakes/ark.ts";
import { fakeOpenAI } from "../fakes/openai.ts";
import { connectTestClient, openTestApp, type TestClient } from "../support/app.ts";

const NAME = "image_generation_prompt";

for (const mode of ["legacy", "auto"] as const) {
  Deno.test(`the prompt is listed with its five arguments for ${mode} clients`, async () => {
    await using test = await openTestApp();
    await using client = await connectTestClient(test.app, { mode });
    const { prompts: [prompt, ...others] } = await client.client.listPrompts();
    assert.ok(others.every(({ name, arguments: given }) => name !== NAME && given!.length > 0));
    assert.equal(prompt?.name, NAME);
    assert.deepEqual(
      prompt?.arguments?.map(({ name, required }) => [name, required === true]),
      [
        ["description", true],
        ["provider", false],
        ["style", false],
        ["resolution", false],
        ["file_prefix", false],
      ],
    );
  });
}

Deno.test("the prompt tells what is asked for and everything there is to choose from", async () => {
  await using openai = fakeOpenAI();
  await using ark = fakeArk();
  await using test = await openTestApp({ env: { ...openai.environment, ...ark.environment } });
  await using client = await connectTestClient(test.app);
  const text = await promptText(client, {
    description: "a cat in a garden",
    provider: "doubao",
    style: "anime",
    resolution: "2048x2048",
    file_prefix: "cat",
  });
  for (
    const words of [
      "generate_image",
      "Description: a cat in a garden",
      "Provider: doubao",
      "Style: anime",
      "Resolution: 2048x2048",
      `Pictures are saved in ${test.folder}`,
      "File prefix: cat",
      "Available providers: openai, doubao",
      '"vivid"',
      '"1536x1024"',
    ]
  ) assert.ok(text.includes(words), words);
});

Deno.test("what is left open is left to the reader", async () => {
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app);
  const text = await promptText(client, { description: "a cat" });
  assert.match(text, /Provider: choose the best fitting of placeholder/);
  assert.match(text, /Style: none/);
});

Deno.test("a client elsewhere is not told where this machine keeps its files", async () => {
  await using test = await openTestApp();
  const view = { transport: "http", baseUrl: () => "http://127.0.0.1:8000" } as const;
  await using client = await connectTestClient(test.app, { view });
  assert.ok(!(await promptText(client, { description: "a cat" })).includes(test.folder));
});

Deno.test("the prompt's answer names what is asked for", async () => {
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app);
  const { description } = await client.client.getPrompt({
    name: NAME,
    arguments: { description: "a cat" },
  });
  assert.equal(description, "Image generation prompt for: a cat");
});

Deno.test("a prompt without its description, or an unknown one, is an invalid parameter", async () => {
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app);
  const ask = (name: string, args: Record<string, string>) =>
    client.client.getPrompt({ name, arguments: args });
  await assert.rejects(ask(NAME, {}), { code: -32602, message: /description/ });
  await assert.rejects(ask("poem", { description: "x" }), { code: -32602, message: /poem/ });
});

Deno.test("providers, styles and resolutions are completed", async () => {
  await using openai = fakeOpenAI();
  await using ark = fakeArk();
  await using test = await openTestApp({ env: { ...openai.environment, ...ark.environment } });
  await using client = await connectTestClient(test.app);
  const complete = async (name: string, value: string) => {
    const ref = { type: "ref/prompt", name: NAME } as const;
    const { completion } = await client.client.complete({ ref, argument: { name, value } });
    return completion.values;
  };
  assert.deepEqual(await complete("provider", ""), ["openai", "doubao"]);
  assert.deepEqual(await complete("provider", "d"), ["doubao"]);
  assert.deepEqual(await complete("style", "viv"), ["vivid"]);
  const resolutions = await complete("resolution", "1536");
  assert.ok(resolutions.includes("1536x1024"), `${resolutions}`);
  assert.deepEqual(await complete("file_prefix", "a"), []);
  const all = await complete("style", "");
  assert.equal(new Set(all).size, all.length, "a style of two providers is named once");
});

async function promptText({ client }: TestClient, args: Record<string, string>): Promise<string> {
  const { messages } = await client.getPrompt({ name: NAME, arguments: args });
  assert.equal(messages.length, 1);
  const [{ role, content }] = messages as [typeof messages[number]];
  assert.equal(role, "user");
  assert.ok(content.type === "text");
  return content.text;
}
