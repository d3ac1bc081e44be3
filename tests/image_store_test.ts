/** Pictures in a bucket: the real server, over HTTP and from the shell, and a store that checks who asks. */

import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import assert from "node:assert/strict";
import { temporaryFolder } from "./support/folder.ts";
import { runToEnd, startHttpServer } from "./support/process.ts";
import { error, startFakeS3 } from "./fakes/s3.ts";

const KEYS = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCY" };

function startStore() {
  const s3 = startFakeS3({ bucket: "pictures", ...KEYS });
  const env = {
    MCP_IMAGE_STORE: "s3://pictures/art",
    AWS_ACCESS_KEY_ID: KEYS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
    AWS_ENDPOINT_URL_S3: s3.endpoint,
  };
  return { s3, env };
}

for (const delivery of ["stream", "redirect"] as const) {
  Deno.test(`a picture is kept in the bucket and handed out from there (${delivery})`, async () => {
    await using folder = await temporaryFolder();
    const { s3, env } = startStore();
    await using _ = s3;
    const options = { folder: folder.path, env: { ...env, MCP_IMAGE_DELIVERY: delivery } };
    await using server = await startHttpServer(options);
    const client = new Client({ name: "test", version: "1" });
    await client.connect(new StreamableHTTPClientTransport(new URL(`${server.url}/mcp`)));
    const call = async (name: string, args: Record<string, unknown>) =>
      (await client.callTool({ name, arguments: args })).structuredContent as {
        images: { id: string; url: string; file_name?: string }[];
        ok: boolean;
      };
    const { images: [made] } = await call("generate_image", {
      prompt: "a cat",
      resolution: "64x64",
    });
    const [key] = [...s3.objects.keys()];
    assert.match(key!, /^art\/img_placeholder_.*\.png$/);
    const kept = s3.objects.get(key!)!.bytes;

    const first = await fetch(made!.url, { redirect: "manual" });
    await first.body?.cancel();
    assert.equal(first.status, delivery === "stream" ? 200 : 307);
    const response = await fetch(made!.url);
    assert.equal(response.headers.get("content-type"), "image/png");
    assert.deepEqual(await response.bytes(), kept);
    const part = await fetch(made!.url, { headers: { range: "bytes=10-19" } });
    assert.deepEqual(await part.bytes(), kept.slice(10, 20));

    const edited = await call("transform_image", { image: made!.id, width: 32 });
    assert.equal(edited.ok, true);
    assert.equal(s3.objects.size, 2);
    const { contents: [read] } = await client.readResource({ uri: `image://${made!.id}` });
    assert.deepEqual(Uint8Array.fromBase64((read as { blob: string }).blob), kept);
    await call("delete_images", { image_ids: [made!.id], permanent: true });
    assert.equal(s3.objects.has(key!), false);
    await client.close();
  });
}

Deno.test("a bucket that is lost makes the server unready, loses no picture, and comes back", async () => {
  await using folder = await temporaryFolder();
  const { s3, env } = startStore();
  await using _ = s3;
  await using server = await startHttpServer({ folder: folder.path, env });
  const draw = async () => {
    const body = { model: "placeholder", prompt: "a cat", size: "64x64" };
    const headers = { "content-type": "application/json" };
    const options = { method: "POST", headers, body: JSON.stringify(body) };
    const response = await fetch(`${server.url}/v1/images/generations`, options);
    return { status: response.status, text: await response.text() };
  };
  const isReady = async () => {
    const response = await fetch(`${server.url}/ready`);
    return { status: response.status, text: await response.text() };
  };
  s3.faults.push(...Array(2).fill(() => error(403, "AccessDenied")));
  const drawn = await draw(); // the picture is there all the same
  assert.equal(drawn.status, 200, drawn.text);
  const unready = await isReady();
  assert.equal(unready.status, 503);
  assert.match(unready.text, /Pictures cannot be kept/);
  assert.doesNotMatch(unready.text, /127\.0\.0\.1|pictures\/art/);
  assert.equal(s3.objects.size, 0);
  assert.equal((await isReady()).status, 200);
  assert.equal((await draw()).status, 200);
  assert.equal(s3.objects.size, 1);
});

Deno.test("the shell prints where in the bucket a picture is", async () => {
  await using folder = await temporaryFolder();
  const { s3, env } = startStore();
  await using _ = s3;
  const args = ["generate", "a cat", "--resolution", "64x64"];
  const { stdout } = await runToEnd({ folder: folder.path, args, env });
  assert.equal(stdout, `s3://pictures/${[...s3.objects.keys()][0]}\n`);
});

Deno.test("a bucket without keys is a mistake that names them, and the doctor looks into it", async () => {
  await using folder = await temporaryFolder();
  const { s3, env } = startStore();
  await using _ = s3;
  const { AWS_SECRET_ACCESS_KEY, ...without } = env;
  const refused = await runToEnd({
    folder: folder.path,
    args: ["generate", "a cat"],
    env: without,
  });
  assert.equal(refused.code, 1, refused.stderr);
  assert.match(refused.stderr, /MCP_IMAGE_STORE names a bucket.*: set AWS_SECRET_ACCESS_KEY/);

  const doctor = (more = {}) =>
    runToEnd({ folder: folder.path, args: ["doctor"], env: { ...env, ...more } });
  assert.match((await doctor()).stdout, /image store.*s3:\/\/pictures\/art takes pictures/);
  assert.equal(s3.objects.size, 0);
  const wrong = await doctor({ AWS_SECRET_ACCESS_KEY: "not-that-one" });
  assert.match(wrong.stdout, /AWS_SECRET_ACCESS_KEY does not belong to AWS_ACCESS_KEY_ID/);
  assert.ok(!`${wrong.stdout}${wrong.stderr}`.includes(AWS_SECRET_ACCESS_KEY));
  assert.ok(!`${wrong.stdout}${wrong.stderr}`.includes("not-that-one"));
});
