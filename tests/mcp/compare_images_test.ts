import assert from "node:assert/strict";
import type { Progress } from "@modelcontextprotocol/client";
import { identifyImage } from "../../src/images/media_type.ts";
import { fakeOpenAI } from "../fakes/openai.ts";
import { startTencent } from "../fakes/tencent.ts";
import { type Called, connectTestClient, openTestApp } from "../support/app.ts";
import { shareImageWorkers } from "../support/image_workers.ts";

shareImageWorkers();

const FOX = { prompt: "a fox", resolution: "96x64" };

for (const mode of ["legacy", "auto"] as const) {
  Deno.test(`a prompt in several styles and seeds is shown on one sheet, and each picture kept (${mode})`, async () => {
    await using test = await openTestApp();
    await using client = await connectTestClient(test.app, { mode });
    const seen: Progress[] = [];
    const { envelope, content } = await client.call("compare_images", {
      ...FOX,
      styles: ["anime", "sketch"],
      seeds: [1, 2],
    }, { onprogress: (progress) => seen.push(progress) });
    assert.deepEqual(
      envelope.compared.map(({ label }: { label: string }) => label),
      ["anime · seed 1", "anime · seed 2", "sketch · seed 1", "sketch · seed 2"],
    );
    assert.deepEqual(
      envelope.compared.map(({ image }: { image: string }) => image),
      envelope.images.map(({ id }: { id: string }) => id),
    );
    assert.deepEqual(envelope.images.map(({ seed }: { seed: number }) => seed), [1, 2, 1, 2]);
    assert.ok(envelope.compared.every(({ seconds }: { seconds: number }) => seconds >= 0));
    for (const { local_path } of envelope.images) {
      const { width, height } = identifyImage(await Deno.readFile(local_path))!;
      assert.deepEqual([width, height], [96, 64]);
    }
    assert.deepEqual(sizeShown(content), { width: 816, height: 964 });
    assert.equal(content.filter(({ type }) => type === "resource_link").length, 4);
    assert.match(seen.at(-1)!.message!, /^4 of 4 drawn/);
    const { metadata } = (await client.call("read_metadata", { image: "last" })).envelope;
    assert.equal(metadata.digital_source_type, "algorithmicMedia");
    assert.equal(envelope.warnings.length, 1, "what is true of all is said once");
  });
}

Deno.test("one that fails is an empty place with the reason, and the others are drawn", async () => {
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app);
  const { envelope, isError } = await client.call("compare_images", {
    ...FOX,
    styles: ["anime", "no such style", "sketch"],
  });
  assert.equal(isError, false);
  assert.equal(envelope.images.length, 2);
  assert.match(envelope.compared[1].error.message, /has no style 'no such style'/);
  assert.equal(envelope.sheet.width, 816);
});

Deno.test("where all fail the call fails, with what to do", async () => {
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app);
  const { envelope, isError } = await client.call("compare_images", {
    ...FOX,
    providers: ["openai", "doubao"],
  });
  assert.deepEqual([isError, envelope.ok], [true, false]);
  assert.match(envelope.error.message, /OPENAI_API_KEY/);
});

Deno.test("vendors are compared, each named with its price where it tells one", async () => {
  await using openai = await fakeOpenAI();
  await using tencent = await startTencent();
  await using test = await openTestApp({ env: { ...openai.environment, ...tencent.environment } });
  await using client = await connectTestClient(test.app);
  const { envelope } = await client.call("compare_images", {
    prompt: "a fox",
    providers: ["openai", "hunyuan"],
  });
  assert.deepEqual(
    envelope.images.map(({ provider }: { provider: string }) => provider),
    ["openai", "hunyuan"],
  );
  const { metadata } = (await client.call("read_metadata", { image: "last" })).envelope;
  assert.equal(metadata.digital_source_type, "compositeWithTrainedAlgorithmicMedia");
});

Deno.test("when the wait is over the rest are jobs, and their ids bring the whole sheet", async () => {
  await using tencent = await startTencent({ drawingTime: 4_000 });
  const env = { ...tencent.environment, MCP_ENABLE_PLACEHOLDER: "true" };
  await using test = await openTestApp({ env });
  await using client = await connectTestClient(test.app);
  const quick = await client.call("generate_image", { ...FOX, provider: "placeholder" });
  const { id } = quick.envelope.images[0];
  const slow = await client.call("generate_image", { prompt: "a fox", wait_seconds: 0 });
  const images = [slow.envelope.job.id, id];
  const first = await client.call("compare_images", { images, wait_seconds: 0 });
  assert.deepEqual(
    first.envelope.compared.map(({ job, image }: { job?: string; image?: string }) => job ?? image),
    images,
  );
  assert.equal(first.envelope.images.length, 1);
  assert.ok(first.envelope.sheet, "what is there is shown");
  assert.ok(first.envelope.next.includes(`images ${JSON.stringify(images)}`));
  const second = await client.call("compare_images", { images });
  assert.equal(second.envelope.images.length, 2);
  assert.equal(second.envelope.images[1].id, id);
  const submitted = tencent.requests.filter(({ headers }) =>
    headers["x-tc-action"]?.startsWith("Submit")
  );
  assert.equal(submitted.length, 1, "nothing is drawn twice");
});

Deno.test("without any wait there is no sheet yet, and every job is named", async () => {
  await using tencent = await startTencent({ drawingTime: 300 });
  await using test = await openTestApp({ env: tencent.environment });
  await using client = await connectTestClient(test.app);
  const { envelope, content } = await client.call("compare_images", {
    prompt: "a fox",
    seeds: [1, 2],
    wait_seconds: 0,
  });
  assert.equal(envelope.sheet, null);
  assert.deepEqual(content.map(({ type }) => type), ["text"]);
  const images = envelope.compared.map(({ job }: { job: string }) => job);
  const whole = await client.call("compare_images", { images });
  assert.equal(whole.envelope.images.length, 2);
});

Deno.test("an unknown id is an empty place, and the others are shown", async () => {
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app);
  const { envelope: { images } } = await client.call("generate_image", { ...FOX, n: 2 });
  const ids = [images[0].id, "img_none", "job_none", images[1].id];
  const { envelope } = await client.call("compare_images", { images: ids });
  assert.deepEqual(
    envelope.compared.map(({ error }: { error?: { code: string } }) => error?.code ?? null),
    [null, "image_not_found", "job_not_found", null],
  );
});

Deno.test("all pictures of a job are shown, up to twelve", async () => {
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app);
  for (const seed of [1, 2]) await client.call("generate_image", { ...FOX, seed, n: 7 });
  const { envelope: { jobs } } = await client.call("list_jobs");
  const [one, two] = jobs.map(({ id }: { id: string }) => id);
  const seven = await client.call("compare_images", { images: [one] });
  assert.equal(seven.envelope.images.length, 7);
  const { envelope } = await client.call("compare_images", { images: [one, two] });
  assert.match(envelope.error.message, /shows 2 to 12 pictures, and these are 14/);
});

Deno.test("what cannot be compared is refused before anybody is asked", async () => {
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app);
  const refusals = [
    [{ prompt: "a fox" }, /nothing to compare/],
    [{ prompt: "a fox", styles: ["anime", "ANIME "] }, /nothing to compare/],
    [{ prompt: " ", seeds: [1, 2] }, /prompt is empty/],
    [
      { prompt: "a fox", styles: ["a", "b", "c", "d", "e"], seeds: [1, 2, 3] },
      /would be 15 pictures.*at most 12/,
    ],
    [{ prompt: "a fox", seeds: [1, -2] }, /'seeds' must be a list of at most 12 whole numbers/],
    [{ prompt: "a fox", seeds: Array(13).fill(1) }, /'seeds' must be a list of at most 12/],
  ] as const;
  for (const [args, message] of refusals) {
    const { envelope } = await client.call("compare_images", args);
    assert.match(envelope.error.message, message);
  }
  assert.deepEqual((await client.call("list_jobs")).envelope.jobs, []);
});

function sizeShown(content: Called["content"]) {
  const picture = content.find(({ type }) => type === "image")!;
  const { width, height } = identifyImage(Uint8Array.fromBase64(picture.data as string))!;
  return { width, height };
}
