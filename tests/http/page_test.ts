/** The studio page's addresses: who may read and who may change what. */

import assert from "node:assert/strict";
import { identifyImage } from "../../src/images/media_type.ts";
import { fakeOpenAI } from "../fakes/openai.ts";
import { temporaryFolder } from "../support/folder.ts";
import { startHttpServer } from "../support/process.ts";
import { until } from "../support/wait.ts";

const TOKENS = { MCP_AUTH_TOKEN: "ann=first-token,bob=second-token" };
const DATA = [
  "start",
  "pictures",
  "jobs",
  "templates",
  "pictures/img_x",
  "pictures/img_x/file",
  "pictures/img_x/history",
];

Deno.test("the page's data is for whoever signed in, and other pages may ask nothing", async (t) => {
  await using folder = await temporaryFolder();
  await using server = await startHttpServer({ folder: folder.path, env: TOKENS });
  const ask = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(`${server.url}/${path}`, { redirect: "manual", ...init });
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  const enter = async (token: string, headers = {}) =>
    await ask("page/sign_in", { method: "POST", body: token, headers });
  const cookieOf = async (token: string) =>
    (await enter(token)).headers.get("set-cookie")!.split(";")[0]!;

  await t.step("the page itself holds no data and a strict policy", async () => {
    const { status, headers, text } = await ask("");
    assert.equal(status, 200);
    const policy = headers.get("content-security-policy")!;
    assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self'/);
    assert.ok(!policy.includes("unsafe"));
    assert.ok(!/<script>|style=| on\w+=/.test(text));
  });

  for (const path of DATA) {
    await t.step(`${path} needs a cookie or a token`, async () => {
      assert.equal((await ask(`page/data/${path}`)).status, 401);
      const cookie = `mcp_image_server=99999999999999.${"A".repeat(43)}`;
      assert.equal((await ask(`page/data/${path}`, { headers: { cookie } })).status, 401);
    });
  }

  await t.step("a token becomes a cookie that scripts and other sites do not get", async () => {
    const { status, headers } = await enter("first-token");
    assert.equal(status, 200);
    assert.match(headers.get("set-cookie")!, /; HttpOnly; SameSite=Strict$/);
    const cookie = await cookieOf("first-token");
    const { text } = await ask("page/data/start", { headers: { cookie } });
    assert.equal(JSON.parse(text).owner, "ann");
  });

  await t.step("a wrong token is a 403, and many are a 429", async () => {
    assert.equal((await enter("wrong")).status, 403);
    const statuses = await Promise.all(Array.from({ length: 30 }, () => enter("wrong")));
    assert.ok(statuses.some(({ status }) => status === 429));
  });
});

Deno.test("each person finds, follows, cancels and removes their own pictures alone", async (t) => {
  await using vendor = fakeOpenAI();
  await using folder = await temporaryFolder();
  const env = { ...TOKENS, ...vendor.environment, MCP_ENABLE_PLACEHOLDER: "true" };
  await using server = await startHttpServer({ folder: folder.path, env });
  const ask = async (token: string, path: string, body?: unknown) => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const init = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
    const response = await fetch(`${server.url}/page/data/${path}`, { headers, ...init });
    const bytes = await response.bytes();
    const text = new TextDecoder().decode(bytes);
    const json = response.headers.get("content-type") === "application/json"
      ? JSON.parse(text)
      : undefined;
    return { status: response.status, headers: response.headers, bytes, text, json };
  };
  const ann = (path: string, body?: unknown) => ask("first-token", path, body);
  const bob = (path: string, body?: unknown) => ask("second-token", path, body);
  const args = { prompt: "a cat", provider: "placeholder", style: "anime", resolution: "512x256" };
  const drawn = await ann("pictures", { key: "12345678", args });
  const events = drawn.text.trim().split("\n").filter(Boolean).map((line) => JSON.parse(line));
  assert.equal(events.at(-1).type, "done", drawn.text);
  const [id] = events.at(-1).ids as string[];

  await t.step("the job is told first, and the picture at last", () => {
    assert.equal(events[0].type, "job");
    assert.match(events[0].id, /^job_/);
    assert.equal(events.at(-2).type, "picture");
  });

  await t.step("filters let through what is so, and nothing else", async () => {
    const count = async (query: string) =>
      (await ann(`pictures?${query}`)).json.pictures.length as number;
    const now = Date.now();
    for (
      const query of [
        "provider=placeholder",
        "model=placeholder",
        "style=anime",
        `since=${now - 600_000}&until=${now + 600_000}`,
      ]
    ) assert.equal(await count(query), 1, query);
    for (
      const query of [
        "provider=openai",
        "model=gpt",
        "style=oil",
        `since=${now + 600_000}`,
        `until=${now - 600_000}`,
      ]
    ) assert.equal(await count(query), 0, query);
  });

  await t.step("a copy and its picture lead to each other", async () => {
    const { json: { picture } } = await ann(`pictures/${id}/transform`, { width: 128 });
    const { json: parent } = await ann(`pictures/${id}/history`);
    assert.deepEqual(parent.children.map((each: { id: string }) => each.id), [picture.id]);
    const { json: child } = await ann(`pictures/${picture.id}/history`);
    assert.deepEqual(child.parents.map((each: { id: string }) => each.id), [id]);
    assert.deepEqual(child.image.parents, [id]);
    assert.equal((await bob(`pictures/${id}/history`)).status, 404);
  });

  const kept = (id: string) => {
    const previews = `${folder.path}/generated_images/.mcp-image-server/previews`;
    return [...Deno.readDirSync(previews)].filter(({ name }) => name.startsWith(id)).length;
  };

  await t.step("thumbnails are made before anybody asks, once a page has listed", async () => {
    await until("the thumbnail of what was listed", () => kept(id!) === 1);
    const more = { ...args, prompt: "a dog", resolution: "256x256" };
    const { text } = await ann("pictures", { key: "abcdefgh", args: more });
    const [dog] = JSON.parse(text.trim().split("\n").at(-1)!).ids;
    await until("the thumbnail of what is new", () => kept(dog) === 1);
    await ann("remove", { ids: [dog] });
  });

  await t.step("a thumbnail is small, and goes with its picture", async () => {
    const { bytes, headers } = await ann(`pictures/${id}/thumbnail`);
    const { mediaType, width, height } = identifyImage(bytes)!;
    assert.deepEqual([mediaType, width, height], ["image/webp", 384, 192]);
    assert.match(headers.get("cache-control")!, /immutable/);
    assert.equal((await bob(`pictures/${id}/thumbnail`)).status, 404);
    assert.equal(kept(id!), 1);
    await ann("remove", { ids: [id] });
    assert.equal(kept(id!), 0);
    assert.equal((await ann(`pictures/${id}/thumbnail`)).status, 404);
  });

  await t.step("a drawing is seen and cancelled by its owner alone", async () => {
    vendor.misbehave("hangs");
    const request = { key: "87654321", args: { prompt: "a bear", provider: "openai" } };
    const drawing = ann("pictures", request);
    await until("the vendor is asked", () => vendor.requests.length === 1);
    const { json: { jobs: [job] } } = await ann("jobs");
    assert.deepEqual((await bob("jobs")).json.jobs, []);
    assert.equal((await bob(`jobs/${job.id}/cancel`, {})).status, 404);
    const cancelled = await ann(`jobs/${job.id}/cancel`, {});
    assert.deepEqual([cancelled.json.job.state, cancelled.json.mayCharge], ["cancelled", [
      "openai",
    ]]);
    assert.match((await drawing).text, /"type":"error","code":"cancelled"/);
  });
});

Deno.test("a batch is begun, followed, cancelled and repeated by its owner alone", async (t) => {
  await using vendor = fakeOpenAI();
  await using folder = await temporaryFolder();
  const env = { ...TOKENS, ...vendor.environment, MCP_ENABLE_PLACEHOLDER: "true" };
  await using server = await startHttpServer({ folder: folder.path, env });
  const asker = (token: string) => async (path: string, body?: unknown) => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const init = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
    const response = await fetch(`${server.url}/page/data/${path}`, { headers, ...init });
    return { status: response.status, json: await response.json() };
  };
  const [ann, bob] = [asker("first-token"), asker("second-token")];
  const batchesOf = async (ask: typeof ann) => (await ask("jobs")).json.batches;
  const small = { resolution: "256x256" };

  await t.step("each combination is drawn, once, however often it is sent", async () => {
    const request = {
      key: "12345678",
      items: [{ prompt: "a {colour} {animal}", provider: "placeholder", ...small }],
      variables: { colour: ["red", "blue"], animal: ["cat", "fox"] },
    };
    const { status, json: { batch } } = await ann("batches", request);
    assert.deepEqual([status, batch.total], [200, 4], JSON.stringify(batch));
    assert.equal((await ann("batches", request)).json.batch.id, batch.id);
    await until("all are drawn", async () => (await batchesOf(ann)).length === 0);
    const { json: { pictures } } = await ann("pictures");
    assert.deepEqual(
      pictures.map(({ prompt }: { prompt: string }) => prompt).sort(),
      ["a blue cat", "a blue fox", "a red cat", "a red fox"],
    );
  });

  await t.step("a template and its lists are drawn, and what is missing is told", async () => {
    const { json: { templates } } = await ann("templates");
    const logo = templates.find(({ name }: { name: string }) => name === "logo");
    const needed = logo.variables.filter((each: { default?: string }) => each.default === undefined)
      .map(({ name }: { name: string }) => name);
    const items = [{ prompt: "", provider: "placeholder", ...small }];
    const request = { key: "template-1", items, template: "logo", variables: {} };
    const refused = await ann("batches", request);
    assert.equal(refused.status, 422);
    assert.match(refused.json.error.message, new RegExp(needed[0]));
    const variables = Object.fromEntries(needed.map((name: string) => [name, ["one", "two"]]));
    const { json: { batch } } = await ann("batches", { ...request, key: "template-2", variables });
    assert.equal(batch.total, 2 ** needed.length);
    await until("all are drawn", async () => (await batchesOf(ann)).length === 0);
  });

  await t.step("what failed is told with its reason, and drawn again", async () => {
    vendor.misbehave("refused by moderation", 2);
    const items = ["a bear", "a wolf"].map((prompt) => ({ prompt, provider: "openai" }));
    const { json: { batch: { id } } } = await ann("batches", { key: "failing-1", items });
    const failed = await until("both have failed", async () => {
      const [batch] = await batchesOf(ann);
      return batch.state === "failed" ? batch : undefined;
    });
    assert.deepEqual([failed.failed, failed.drawn, failed.reasons.length], [2, 0, 1]);
    assert.deepEqual(await batchesOf(bob), []);
    assert.equal((await bob(`batches/${id}/repeat`, {})).status, 404);
    const { json: { batch } } = await ann(`batches/${id}/repeat`, {});
    assert.equal(batch.state, "running");
    await until("both are drawn", async () => (await batchesOf(ann)).length === 0);
  });

  await t.step("what is drawn is stopped by its owner alone, with what that may cost", async () => {
    vendor.misbehave("hangs", 3);
    const before = vendor.requests.length;
    const items = ["a lion", "a tiger"].map((prompt) => ({ prompt, provider: "openai" }));
    const { json: { batch: { id } } } = await ann("batches", { key: "hanging-1", items });
    await until("the vendor is asked", () => vendor.requests.length > before);
    assert.equal((await bob(`batches/${id}/cancel`, {})).status, 404);
    const { json } = await ann(`batches/${id}/cancel`, {});
    assert.deepEqual([json.batch.state, json.mayCharge], ["cancelled", ["openai"]]);
    assert.equal(json.batch.cancelled, 2);
  });

  await t.step("too many are refused before any is drawn", async () => {
    const numbers = Array.from({ length: 101 }, (_, index) => String(index));
    const items = [{ prompt: "{a} {b}", provider: "placeholder" }];
    const variables = { a: numbers, b: ["one", "two"] };
    const { status, json } = await ann("batches", { key: "too-many-1", items, variables });
    assert.equal(status, 422);
    assert.match(json.error.message, /202 pictures/);
  });
});

Deno.test("another web page can neither sign in nor change anything", async (t) => {
  await using folder = await temporaryFolder();
  await using server = await startHttpServer({ folder: folder.path });
  const post = async (path: string, headers: Record<string, string>, body = "{}") => {
    const response = await fetch(`${server.url}/${path}`, { method: "POST", headers, body });
    await response.body?.cancel();
    return response.status;
  };
  const foreign: Record<string, string>[] = [
    { "sec-fetch-site": "cross-site", "content-type": "application/json" },
    { "sec-fetch-site": "same-site", "content-type": "application/json" },
    { "origin": "https://evil.example", "content-type": "application/json" },
  ];
  const paths = [
    "page/sign_in",
    "page/sign_out",
    "page/data/pictures",
    "page/data/uploads",
    "page/data/notes",
    "page/data/trash",
    "page/data/restore",
    "page/data/remove",
    "page/data/pictures/img_x/transform",
    "page/data/jobs/job_x/cancel",
    "page/data/batches",
    "page/data/batches/batch_x/cancel",
    "page/data/batches/batch_x/repeat",
  ];
  for (const path of paths) {
    await t.step(path, async () => {
      for (const headers of foreign) assert.equal(await post(path, headers), 403);
    });
  }
  await t.step("what is no JSON, or holds what nobody knows, is told", async () => {
    assert.equal(await post("page/data/pictures", { "content-type": "text/plain" }), 422);
    const json = { "content-type": "application/json" };
    assert.equal(await post("page/data/pictures", json, "[]"), 422);
    const more = JSON.stringify({ key: "12345678", args: { prompt: "a cat", n: "many" } });
    assert.equal(await post("page/data/pictures", json, more), 422);
  });
});
