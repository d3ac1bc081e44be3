import assert from "node:assert/strict";
import { join } from "node:path";
import { ERROR_CODES } from "../../src/errors.ts";
import { TOOLS } from "../../src/mcp/methods.ts";
import { PROVIDERS } from "../../src/providers/registry.ts";
import { fakeOpenAI } from "../fakes/openai.ts";
import { connectTestClient, openTestApp } from "../support/app.ts";
import { temporaryFolder } from "../support/folder.ts";
import { startServer } from "../support/process.ts";
import { SHOWS_VIEWS } from "../support/views.ts";
import { snapshotOfTools } from "../tools/docs.ts";
import { initialize, initialized, openLine, request } from "./line.ts";

const ERAS = ["legacy", "auto"] as const;

Deno.test("what clients see of the tools changes only on purpose", async () => {
  const kept = await Deno.readTextFile(new URL("tools_snapshot.json", import.meta.url));
  assert.equal(
    await snapshotOfTools(),
    kept,
    "If the change is meant, run 'deno run -A tests/tools/docs.ts' and commit what it writes",
  );
});

for (const mode of ERAS) {
  Deno.test(`the list of tools stays under 14 KB for ${mode} clients, with views or without`, async () => {
    await using test = await openTestApp({ env: { MCP_PUBLIC_BASE_URL: "https://example.com" } });
    for (const capabilities of [{}, SHOWS_VIEWS]) {
      await using client = await connectTestClient(test.app, { mode, capabilities });
      const list = await client.client.listTools();
      assert.equal(list.tools.some((tool) => tool._meta?.ui), capabilities === SHOWS_VIEWS);
      const { length } = new TextEncoder().encode(JSON.stringify(list));
      assert.ok(length < 14 * 1024, `${length} bytes`);
    }
  });
}

for (const address of ["", "https://example.com"]) {
  const isThere = address === "" ? "not listed without an address" : "listed with an address";
  Deno.test(`the tools of uploads are ${isThere}, also before all of the server is there`, async () => {
    await using folder = await temporaryFolder();
    const env: Record<string, string> = address === "" ? {} : { MCP_PUBLIC_BASE_URL: address };
    await using server = startServer({ folder: folder.path, env });
    const clientInfo = { name: "test", version: "1" };
    const protocolVersion = "2025-11-25";
    await server.request("initialize", { protocolVersion, capabilities: {}, clientInfo });
    const first = await server.request("tools/list") as unknown as { tools: { name: string }[] };
    const names = first.tools.map(({ name }) => name);
    assert.equal(names.includes("create_upload_link"), address !== "");
    assert.equal(names.includes("get_upload"), address !== "");
    await server.request("tools/call", { name: "list_jobs", arguments: {} });
    assert.deepEqual(await server.request("tools/list"), first);
  });
}

Deno.test("every tool says what it does, and gives every hint that means something", async () => {
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app);
  const { tools } = await client.client.listTools();
  const general = Object.keys(tools[0]?.inputSchema.properties ?? {});
  for (const { name, title, description, annotations, inputSchema } of tools) {
    assert.ok(title && description && description.length > 20, name);
    const hints = Object.keys(annotations ?? {}).sort();
    const ofRepeats = annotations?.idempotentHint ? ["idempotentHint"] : [];
    const expected = ["destructiveHint", ...ofRepeats, "openWorldHint", "readOnlyHint"];
    assert.deepEqual(hints, expected, name);
    assert.ok(!annotations?.readOnlyHint || ofRepeats.length === 0, name);
    const told = new Set([
      ...TOLD_BY_NAME[name] ?? [],
      ...LIKE_GENERATE_IMAGE.has(name) ? general : [],
    ]);
    for (const [argument, schema] of Object.entries(inputSchema.properties ?? {})) {
      const isTold = (schema as { description?: string }).description || told.has(argument);
      assert.ok(isTold, `${name}.${argument}`);
    }
  }
});

const LIKE_GENERATE_IMAGE = new Set(["edit_image", "compare_images"]);

/** Arguments whose names say it all; what edit_image does not tell, generate_image does. */
const TOLD_BY_NAME: Readonly<Record<string, readonly string[]>> = {
  compare_images: ["providers", "models", "styles", "seeds"],
  get_job: ["wait_seconds"],
  cancel_job: ["job_id"],
  get_upload: ["wait_seconds"],
  list_jobs: ["status"],
  search_images: ["provider", "model", "style", "before"],
  update_images: ["remove_tags", "favorite"],
  transform_image: ["width", "height", "rotate", "grayscale", "quality", "save_as"],
  render_svg: ["width", "height", "background", "output_compression", "file_prefix", "save_as"],
};

for (const mode of ERAS) {
  Deno.test(`a picture comes with its envelope and block for ${mode} clients`, async () => {
    await using test = await openTestApp();
    await using client = await connectTestClient(test.app, { mode });
    const { envelope, content, isError } = await client.call("generate_image", {
      prompt: "a small cat",
      resolution: "64x64",
      seed: 7,
      file_prefix: "my-cat",
    });
    assert.equal(isError, false);
    const [image] = envelope.images;
    assert.deepEqual(
      Object.keys(envelope),
      ["version", "ok", "images", "warnings", "next", "error"],
    );
    assert.deepEqual([envelope.version, envelope.ok, envelope.error], ["1.0", true, null]);
    assert.deepEqual(Object.keys(image), [
      "id",
      "provider",
      "mime_type",
      "file_name",
      "local_path",
      "url",
      "size_bytes",
      "revised_prompt",
      "save_error",
      "model",
      "width",
      "height",
      "seed",
    ]);
    assert.match(image.id, /^img_placeholder_\d+_[0-9a-f]{24}$/);
    assert.match(image.file_name, /^my_cat_placeholder_\d+_[0-9a-f]{24}\.png$/);
    assert.deepEqual([image.width, image.height, image.seed], [64, 64, 7]);
    assert.deepEqual(content.map(({ type }) => type), ["text", "image"]);
    const file = await Deno.readFile(image.local_path);
    assert.equal(file.length, image.size_bytes);
    assert.equal(content[1]?.data, file.toBase64());
    assert.match(
      envelope.warnings[0],
      /^Placeholder, no AI model: .* OPENAI_API_KEY in a new file '.+\.env' and reload_config; icons, logos: render_svg$/,
    );
  });
}

for (const revision of ["2025-03-26", "2024-11-05"]) {
  Deno.test(`a client of ${revision} gets no block it has no name for`, async () => {
    await using test = await openTestApp();
    await using line = openLine(test.app);
    const args = { prompt: "a cat", resolution: "64x64" };
    await line.say(
      initialize(revision),
      initialized,
      request(1, "tools/call", { name: "generate_image", arguments: args }),
    );
    const { result } = await line.answerTo(1);
    assert.deepEqual(result.content.map(({ type }: { type: string }) => type), ["text", "image"]);
    assert.equal(JSON.parse(result.content[0].text).ok, true);
  });
}

Deno.test("several pictures come in one answer", async () => {
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app);
  const { envelope, content } = await client.call("generate_image", {
    prompt: "cats",
    resolution: "64x64",
    n: 3,
  });
  assert.equal(new Set(envelope.images.map(({ id }: { id: string }) => id)).size, 3);
  assert.deepEqual(content.map(({ type }) => type), ["text", "image", "image", "image"]);
});

const WRONG: readonly (readonly [string, Record<string, unknown>, string])[] = [
  ["generate_image", {}, "'prompt' must be a text of 1 to 32000 characters and is missing"],
  [
    "generate_image",
    { prompt: "" },
    `'prompt' must be a text of 1 to 32000 characters, current value is ""`,
  ],
  [
    "generate_image",
    { prompt: "x".repeat(32_001) },
    "'prompt' must be a text of 1 to 32000 characters, current value is 32001 characters long",
  ],
  [
    "generate_image",
    { prompt: "x", n: 11 },
    "'n' must be a whole number from 1 to 10, current value is 11",
  ],
  [
    "generate_image",
    { prompt: "x", n: 1.5 },
    "'n' must be a whole number from 1 to 10, current value is 1.5",
  ],
  [
    "generate_image",
    { prompt: "x", seed: "07" },
    `'seed' must be a whole number from 0 to 4294967295, current value is "07"`,
  ],
  [
    "generate_image",
    { prompt: "x", output_compression: 101 },
    "'output_compression' must be a whole number from 0 to 100, current value is 101",
  ],
  [
    "generate_image",
    { prompt: "x", stlye: "y" },
    "Unknown argument 'stlye', did you mean 'style'?",
  ],
  [
    "generate_image",
    { prompt: 5, colour: "red", wait_seconds: -1 },
    "'prompt' must be a text of 1 to 32000 characters, current value is 5; " +
    "'wait_seconds' must be a number from 0 to 3600, current value is -1; Unknown argument 'colour'",
  ],
  [
    "get_image_data",
    { number: 1 },
    "'image_id' must be a text that is not empty and is missing; " +
    "Unknown argument 'number', it takes 'image_id' or 'format'",
  ],
  ["list_providers", { all: null }, "Unknown argument 'all', it takes none"],
  [
    "reload_config",
    { dotenv_override: "perhaps" },
    `'dotenv_override' must be true or false, current value is "perhaps"`,
  ],
  [
    "cancel_job",
    { job_id: null },
    "'job_id' must be a text that is not empty and is missing",
  ],
];

for (const [tool, args, message] of WRONG) {
  Deno.test(`${tool} refuses ${JSON.stringify(args).slice(0, 60)} and says what is legal`, async () => {
    await using test = await openTestApp();
    await using client = await connectTestClient(test.app);
    const { envelope, content, isError } = await client.call(tool, args);
    assert.equal(isError, true);
    assert.equal(envelope.ok, false);
    assert.equal(envelope.error.code, "invalid_arguments");
    assert.ok(
      envelope.error.message.startsWith(`Cannot call ${tool}: ${message}`),
      envelope.error.message,
    );
    assert.deepEqual(content.map(({ type }) => type), ["text"]);
    const { details: _, ...error } = envelope.error;
    assert.deepEqual(JSON.parse(String(content[0]?.text)), { ok: false, error });
  });
}

Deno.test("an error keeps the envelope's other fields", async () => {
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app);
  const fieldsOf = async (tool: string, args: Record<string, unknown>) => {
    const { version: _version, ok: _ok, error, ...others } =
      (await client.call(tool, args)).envelope;
    assert.ok(Object.hasOwn(ERROR_CODES, error.code), error.code);
    assert.equal(typeof error.details, "object");
    return others;
  };
  assert.deepEqual(await fieldsOf("generate_image", { prompt: "x", style: "nope" }), {
    images: [],
    warnings: [],
  });
  assert.deepEqual(await fieldsOf("get_image_data", { image_id: "nope" }), { images: [] });
  assert.deepEqual(await fieldsOf("get_job", { job_id: "nope" }), { images: [], warnings: [] });
  assert.deepEqual(await fieldsOf("reload_config", { x: 1 }), { result: null });
  assert.deepEqual(await fieldsOf("list_jobs", { x: 1 }), { jobs: [] });
});

Deno.test("a call without arguments is a call with none", async () => {
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app);
  const { isError } = await client.client.callTool({ name: "list_jobs" });
  assert.equal(isError, false);
});

Deno.test("null stands for an argument left out, since some clients fill in every one", async () => {
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app);
  const { envelope } = await client.call("generate_image", {
    prompt: "a cat",
    resolution: "64x64",
    style: null,
    n: null,
    output_compression: null,
    wait_seconds: null,
  });
  assert.equal(envelope.ok, true, JSON.stringify(envelope.error));
});

Deno.test("a tool that does not exist is the protocol's invalid parameter", async () => {
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app);
  await assert.rejects(client.call("draw"), { code: -32602, message: /draw/ });
});

Deno.test("get_image_data shows a picture made before, and gives its bytes to who asks for data", async () => {
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app);
  const made = await client.call("generate_image", { prompt: "a cat", resolution: "64x64" });
  const [image] = made.envelope.images;
  const preview = await client.call("get_image_data", { image_id: `image://${image.id}` });
  assert.deepEqual(preview.envelope.images, [image]);
  assert.deepEqual(preview.content[1], made.content[1]);
  const { envelope, content } = await client.call("get_image_data", {
    image_id: image.id,
    format: "Data",
  });
  const { base64_data, ...entry } = envelope.images[0];
  assert.deepEqual(entry, image);
  assert.equal(base64_data, (await Deno.readFile(image.local_path)).toBase64());
  assert.deepEqual(content.map(({ type }) => type), ["text"]);
  assert.ok(!String(content[0]?.text).includes(base64_data), "base64 stands in the text");
});

Deno.test("MCP_RESULT_STYLE=structured has get_image_data answer with data, as the predecessor did", async () => {
  await using test = await openTestApp({ env: { MCP_RESULT_STYLE: "structured" } });
  await using client = await connectTestClient(test.app);
  await client.call("generate_image", { prompt: "a cat", resolution: "64x64" });
  const { envelope } = await client.call("get_image_data", { image_id: "last" });
  assert.match(envelope.images[0].base64_data, /^iVBORw0KGgo/);
});

Deno.test("get_image_data knows the pictures of an earlier server on the same folder", async () => {
  await using first = await openTestApp();
  const id = await (async () => {
    await using client = await connectTestClient(first.app);
    const made = await client.call("generate_image", { prompt: "a cat", resolution: "64x64" });
    return made.envelope.images[0].id;
  })();
  await using second = await openTestApp({ folder: first.folder });
  await using client = await connectTestClient(second.app);
  const { envelope } = await client.call("get_image_data", { image_id: id });
  assert.equal(envelope.images[0].id, id);
});

Deno.test("get_image_data says what is wrong with a picture it cannot give", async () => {
  await using test = await openTestApp({ env: { MCP_GET_IMAGE_DATA_MAX_BYTES: "100" } });
  await using client = await connectTestClient(test.app);
  const unknown = await client.call("get_image_data", { image_id: "img_1" });
  assert.equal(unknown.envelope.error.code, "image_not_found");
  assert.match(unknown.envelope.error.message, /'img_1' .*MCP_IMAGE_RECORD_TTL/);

  const made = await client.call("generate_image", { prompt: "a cat", resolution: "64x64" });
  const [image] = made.envelope.images;
  const { envelope, content } = await client.call("get_image_data", {
    image_id: image.id,
    format: "data",
  });
  assert.deepEqual(envelope.images, [image]);
  assert.deepEqual(envelope.warnings, [
    `Picture '${image.id}' has ${image.size_bytes} bytes, more than the 100 of ` +
    `MCP_GET_IMAGE_DATA_MAX_BYTES; read it at ${image.local_path}`,
  ]);
  assert.deepEqual(content.map(({ type }) => type), ["text", "image"]);
});

Deno.test("get_image_data names a file that is gone", async () => {
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app);
  const made = await client.call("generate_image", { prompt: "a cat", resolution: "64x64" });
  const [image] = made.envelope.images;
  await Deno.remove(image.local_path);
  const args = { image_id: image.id, format: "data" };
  const { envelope, isError } = await client.call("get_image_data", args);
  assert.equal(isError, true);
  assert.equal(envelope.error.code, "file_not_found");
});

Deno.test("list_providers says who is on, what they can do, and what the others lack", async () => {
  await using vendor = fakeOpenAI();
  await using test = await openTestApp({ env: vendor.environment });
  await using client = await connectTestClient(test.app);
  const { envelope } = await client.call("list_providers");
  const byName = Object.fromEntries(
    envelope.providers.map((each: { name: string }) => [each.name, each]),
  );
  assert.deepEqual(Object.keys(byName), PROVIDERS.map(({ name }) => name));
  assert.equal(envelope.default_provider, "openai");
  const { openai, doubao, placeholder } = byName;
  assert.equal(openai.on, true);
  assert.ok(openai.models.length > 0 && openai.styles.vivid && openai.resolutions["1024x1024"]);
  assert.match(openai.options.output_format, /png, jpeg, webp|webp/);
  assert.deepEqual(doubao, {
    name: "doubao",
    title: doubao.title,
    on: false,
    missing: ["DOUBAO_API_KEY"],
  });
  assert.deepEqual(placeholder.missing, ["MCP_ENABLE_PLACEHOLDER=true"]);
  assert.deepEqual(vendor.requests, []);
  for (const secret of vendor.secrets) assert.ok(!JSON.stringify(envelope).includes(secret));
});

Deno.test("list_providers names the tools that are hidden, each with what to set", async () => {
  const told = async (env: Record<string, string>) => {
    await using test = await openTestApp({ env });
    await using client = await connectTestClient(test.app);
    return (await client.call("list_providers")).envelope.hidden_tools;
  };
  assert.equal(
    await told({}),
    "create_upload_link, get_upload: set MCP_PUBLIC_BASE_URL (or pass a file's path, where the " +
      "server is on the user's machine); export_images, import_images: add exchange to " +
      "MCP_TOOLSETS; train_model: add training to MCP_TOOLSETS and set the key of a provider that " +
      "trains. Then start the server again",
  );
  const all = "essential,library,batch,exchange,training";
  const address = { MCP_PUBLIC_BASE_URL: "https://example.com" };
  assert.equal(
    await told({ ...address, MCP_TOOLSETS: all }),
    "train_model: set the key of a provider that trains. Then start the server again",
  );
  assert.equal(await told({ ...address, MCP_TOOLSETS: all, FAL_KEY: "a-key" }), undefined);
});

Deno.test("without any provider a picture is refused with the variables that help", async () => {
  await using test = await openTestApp({ env: { MCP_ENABLE_PLACEHOLDER: "false" } });
  await using client = await connectTestClient(test.app);
  const { envelope } = await client.call("generate_image", { prompt: "a cat" });
  assert.equal(envelope.error.code, "provider_missing");
  assert.match(envelope.error.message, /OPENAI_API_KEY/);
});

Deno.test("a bug is logged with its stack and shown without it", async () => {
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app);
  test.app.images.find = () => Promise.reject(new TypeError("x is not a function"));
  const { envelope, isError } = await client.call("get_image_data", { image_id: "img_1" });
  assert.equal(isError, true);
  assert.deepEqual(envelope.error, {
    code: "internal_error",
    message: "Unexpected error: x is not a function",
    details: {},
  });
  assert.ok(test.log.some((line) => /error Unexpected error .*tools_test/.test(line)));
});

Deno.test("every tool of the list can be called", async () => {
  await using folder = await temporaryFolder();
  const env = { MCP_PUBLIC_BASE_URL: "https://example.com", MCP_SAVE_AS_DIRS: folder.path };
  await using test = await openTestApp({ env });
  await using client = await connectTestClient(test.app, { mode: "auto" });
  const made = await client.call("generate_image", { prompt: "a cat", resolution: "64x64" });
  const [job] = (await client.call("list_jobs")).envelope.jobs;
  const { upload } = (await client.call("create_upload_link")).envelope;
  const args: Record<string, Record<string, unknown>> = {
    generate_image: { prompt: "a dog", resolution: "64x64" },
    edit_image: { prompt: "a dog", images: ["last"] },
    generate_batch: { items: ["a cow"], resolution: "64x64" },
    compare_images: { prompt: "a fox", seeds: [1, 2], resolution: "64x64" },
    transform_image: { image: made.envelope.images[0].id, width: 9 },
    render_svg: { svg: "<svg viewBox='0 0 9 9'/>", width: 9 },
    get_upload: { upload_id: upload.id, wait_seconds: 0.01 },
    get_job: { job_id: job.id },
    cancel_job: { job_id: job.id },
    get_image_data: { image_id: made.envelope.images[0].id },
    read_metadata: { image: made.envelope.images[0].id },
    image_history: { image_id: made.envelope.images[0].id },
    update_images: { image_ids: [made.envelope.images[0].id], favorite: true },
    delete_images: { image_ids: [made.envelope.images[0].id] },
    export_images: { to: join(folder.path, "all"), image_ids: [made.envelope.images[0].id] },
    import_images: { from: folder.path },
  };
  // Nobody trains here; its own tests call it.
  const inOrder = TOOLS.filter(({ name }) => name !== "train_model").sort((one, other) =>
    // what is in the trash cannot be read
    Number(one.name === "delete_images") - Number(other.name === "delete_images")
  );
  for (const { name } of inOrder) {
    const { envelope } = await client.call(name, args[name]);
    assert.equal(envelope.ok, true, `${name}: ${JSON.stringify(envelope.error)}`);
  }
});
