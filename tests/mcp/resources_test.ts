import assert from "node:assert/strict";
import { identifyImage } from "../../src/images/media_type.ts";
import { fakeArk } from "../fakes/ark.ts";
import { fakeOpenAI } from "../fakes/openai.ts";
import { TOPIC_NAMES } from "../../src/manual/topics.ts";
import { connectTestClient, openTestApp, type TestClient } from "../support/app.ts";
import { shareImageWorkers } from "../support/image_workers.ts";

for (const mode of ["legacy", "auto"] as const) {
  shareImageWorkers();

  Deno.test(`resources and templates are listed for ${mode} clients`, async () => {
    await using test = await openTestApp();
    await using client = await connectTestClient(test.app, { mode });
    const { resources } = await client.client.listResources();
    assert.deepEqual(resources.map(({ uri, mimeType }) => [uri, mimeType]), [
      ...[
        "providers://list",
        "styles://list",
        "resolutions://list",
        "jobs://list",
        "images://recent",
      ]
        .map((uri) => [uri, "application/json"]),
      ...TOPIC_NAMES.map((name) => [`manual://${name}`, "text/markdown"]),
    ]);
    const { resourceTemplates } = await client.client.listResourceTemplates();
    assert.deepEqual(resourceTemplates.map(({ uriTemplate }) => uriTemplate), [
      "styles://provider/{provider_name}",
      "resolutions://provider/{provider_name}",
      "image://{id}{?width,height,fit,format,quality}",
      "image://{id}/record",
      "images://tagged/{tag}",
      "manual://{topic}",
    ]);
    for (const { title, description } of [...resources, ...resourceTemplates]) {
      assert.ok(title && description);
      assert.match(title, /^[A-Z][a-z]+(:| |$)/);
    }
  });

  Deno.test(`every listed resource can be read by ${mode} clients`, async () => {
    await using test = await openTestApp();
    await using client = await connectTestClient(test.app, { mode });
    const { resources } = await client.client.listResources();
    for (const { uri, mimeType } of resources) {
      if (mimeType === "text/markdown") assert.match(await readManual(client, uri), /^# /, uri);
      else assert.equal(typeof await readJson(client, uri), "object", uri);
    }
  });
}

Deno.test("the lists are of the providers that are on, in the order of preference", async () => {
  await using openai = fakeOpenAI();
  await using ark = fakeArk();
  await using test = await openTestApp({ env: { ...openai.environment, ...ark.environment } });
  await using client = await connectTestClient(test.app);
  assert.deepEqual(await readJson(client, "providers://list"), ["openai", "doubao"]);
  assert.deepEqual(Object.keys(await readJson(client, "styles://list")), ["openai", "doubao"]);
  assert.deepEqual(Object.keys(await readJson(client, "resolutions://list")), ["openai", "doubao"]);
});

Deno.test("a provider's tables are the lists' part of it", async () => {
  await using ark = fakeArk();
  await using test = await openTestApp({ env: ark.environment });
  await using client = await connectTestClient(test.app);
  const styles = await readJson(client, "styles://provider/doubao");
  assert.equal(typeof styles.anime, "string");
  assert.deepEqual(styles, (await readJson(client, "styles://list")).doubao);
  const resolutions = await readJson(client, "resolutions://provider/doubao");
  assert.ok("2048x2048" in resolutions);
  assert.deepEqual(resolutions, (await readJson(client, "resolutions://list")).doubao);
});

Deno.test("a picture is read in full, as bytes of its own type", async () => {
  await using test = await openTestApp({ env: { MCP_INLINE_IMAGE: "never" } });
  await using client = await connectTestClient(test.app);
  const made = await client.call("generate_image", { prompt: "a cat", resolution: "64x64" });
  const uri = String(made.content.find(({ type }) => type === "resource_link")?.uri);
  const { contents: [content] } = await client.client.readResource({ uri });
  assert.ok(content && "blob" in content);
  assert.equal(content.mimeType, "image/png");
  assert.equal(content.uri, uri);
  const file = await Deno.readFile(made.envelope.images[0].local_path);
  assert.equal(content.blob, file.toBase64());
});

for (const mode of ["legacy", "auto"] as const) {
  Deno.test(`a picture is read in another size and format, and no record of it is kept (${mode})`, async () => {
    await using test = await openTestApp();
    await using client = await connectTestClient(test.app, { mode });
    const made = await client.call("generate_image", { prompt: "a cat", resolution: "128x64" });
    const [{ id }] = made.envelope.images;
    const uri = `image://${id}?width=60&height=60&fit=cover&format=webp&quality=70`;
    const { contents: [content] } = await client.client.readResource({ uri });
    assert.ok(content && "blob" in content);
    assert.deepEqual([content.uri, content.mimeType], [uri, "image/webp"]);
    const { width, height } = identifyImage(Uint8Array.fromBase64(content.blob))!;
    assert.deepEqual([width, height], [60, 60]);
    assert.equal(await test.app.images.newestId(""), id);
    const last = await client.client.readResource({ uri: "image://last?width=32" });
    assert.equal(last.contents[0]?.mimeType, "image/png");
  });
}

Deno.test("a changed picture is as good as an answer can hold", async () => {
  await using test = await openTestApp({ env: { MCP_MAX_RESULT_BYTES: "20000" } });
  await using client = await connectTestClient(test.app);
  const made = await client.call("generate_image", { prompt: "a cat", resolution: "512x512" });
  const uri = `image://${made.envelope.images[0].id}?format=jpeg&width=500`;
  const { contents: [content, note] } = await client.client.readResource({ uri });
  assert.ok(content && "blob" in content && note && "text" in note);
  assert.ok(content.blob.length < 20_000, `${content.blob.length}`);
  assert.equal(identifyImage(Uint8Array.fromBase64(content.blob))?.width, 500);
  assert.match(note.text, /best quality within \d+ bytes/);
});

Deno.test("a query that cannot be read says what is legal", async () => {
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app);
  const made = await client.call("generate_image", { prompt: "a cat", resolution: "64x64" });
  const [{ id }] = made.envelope.images;
  const queries: Record<string, RegExp> = {
    "width=wide": /'width' must be a whole number from 1 to 16384/,
    "format=avif": /'png', 'jpeg', 'webp'/,
    "colour=red": /Unknown argument 'colour'/,
    "fit=cover": /pass one of them/,
    "width=9&mask=last": /'mask'/,
  };
  for (const [query, words] of Object.entries(queries)) {
    await assert.rejects(
      client.client.readResource({ uri: `image://${id}?${query}` }),
      (error: { code?: number; message: string }) => {
        assert.equal(error.code, -32602);
        assert.match(error.message, words);
        return true;
      },
    );
  }
});

Deno.test("jobs://list is what list_jobs says", async () => {
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app);
  await client.call("generate_image", { prompt: "a cat", resolution: "64x64" });
  const jobs = await readJson(client, "jobs://list");
  assert.equal(jobs.length, 1);
  assert.deepEqual(jobs, (await client.call("list_jobs")).envelope.jobs);
});

for (
  const uri of [
    "nothing://here",
    "styles://provider/nobody",
    "resolutions://provider/openai",
    "styles://elsewhere",
    "image://img_unknown",
    "image://img_unknown?width=9",
  ]
) {
  for (const mode of ["legacy", "auto"] as const) {
    Deno.test(`${uri} is the protocol's resource-not-found for ${mode} clients`, async () => {
      await using test = await openTestApp();
      await using client = await connectTestClient(test.app, { mode });
      await assert.rejects(client.client.readResource({ uri }), {
        code: -32602,
        message: `Resource not found: ${uri}`,
        data: { uri },
      });
    });
  }
}

Deno.test("the names of providers are completed in templates", async () => {
  await using openai = fakeOpenAI();
  await using ark = fakeArk();
  await using test = await openTestApp({ env: { ...openai.environment, ...ark.environment } });
  await using client = await connectTestClient(test.app);
  const complete = async (value: string) => {
    const { completion } = await client.client.complete({
      ref: { type: "ref/resource", uri: "styles://provider/{provider_name}" },
      argument: { name: "provider_name", value },
    });
    return completion.values;
  };
  assert.deepEqual(await complete(""), ["openai", "doubao"]);
  assert.deepEqual(await complete("DOU"), ["doubao"]);
  assert.deepEqual(await complete("x"), []);
});

Deno.test("a topic of the manual refers to others as resources", async () => {
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app);
  const text = await readManual(client, "manual://clients");
  assert.match(text, /\]\(manual:\/\/settings#where-settings-come-from\)/);
});

for (const mode of ["legacy", "auto"] as const) {
  Deno.test(`${mode} clients are told of the manual when they connect`, async () => {
    await using test = await openTestApp();
    await using client = await connectTestClient(test.app, { mode });
    assert.match(client.client.getInstructions() ?? "", /manual:\/\/TOPIC/);
  });
}

Deno.test("the topics of the manual are completed", async () => {
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app);
  const { completion } = await client.client.complete({
    ref: { type: "ref/resource", uri: "manual://{topic}" },
    argument: { name: "topic", value: "PRO" },
  });
  assert.deepEqual(completion.values, [
    "providers",
    "prompt-templates",
    "provenance",
    "production",
  ]);
});

for (
  const [word, hint] of [
    ["setings", "did you mean manual://settings?"],
    ["xyzzyxyzzyxyzzyxyzzyxyzzyxyzzyxyzzyxyzzy", `topics: ${TOPIC_NAMES.join(", ")}`],
  ]
) {
  Deno.test(`manual://${word} is not found, with a word on what there is`, async () => {
    await using test = await openTestApp();
    await using client = await connectTestClient(test.app);
    const uri = `manual://${word}`;
    await assert.rejects(client.client.readResource({ uri }), {
      code: -32602,
      message: `Resource not found: ${uri}; ${hint}`,
      data: { uri },
    });
  });
}

async function readManual({ client }: TestClient, uri: string): Promise<string> {
  const { contents: [content] } = await client.readResource({ uri });
  assert.ok(content && "text" in content);
  assert.deepEqual([content.uri, content.mimeType], [uri, "text/markdown"]);
  return content.text;
}

async function readJson({ client }: TestClient, uri: string) {
  const { contents: [content] } = await client.readResource({ uri });
  assert.ok(content && "text" in content);
  assert.equal(content.mimeType, "application/json");
  return JSON.parse(content.text);
}
