import assert from "node:assert/strict";
import { Bucket, type BucketOptions } from "../../../src/storage/s3/bucket.ts";
import { S3ImageStore } from "../../../src/storage/s3/s3_image_store.ts";
import { givenCredentials, type Keys } from "../../../src/storage/s3/credentials/credentials.ts";
import { StorageAway } from "../../../src/storage/storage_away.ts";
import { error, type FakeS3, type FakeS3Options, startFakeS3 } from "../../fakes/s3.ts";
import { shortPauses } from "../../support/wait.ts";
import { someBytes, testImageStore } from "../contracts/image_store.ts";

const KEYS = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCY" };
const BUCKET = { bucket: "pictures", region: "us-east-1", addressing: "path" } as const;
const credentials = givenCredentials(KEYS);

type ClientOptions = Partial<BucketOptions & Keys>;

testImageStore("a bucket", () => {
  const { s3, store } = open();
  const names = () => Promise.resolve([...s3.objects.keys()].map((key) => key.slice(4)));
  return Promise.resolve({
    store,
    names,
    [Symbol.asyncDispose]: () => s3[Symbol.asyncDispose](),
  });
});

Deno.test("objects lie below the prefix, and a session's token goes along", async () => {
  const { s3, store } = open({}, { sessionToken: "session/token+1=" });
  await using _ = s3;
  await store.put("one.png", someBytes(10));
  assert.deepEqual([...s3.objects.keys()], ["art/one.png"]);
});

const REFUSED: readonly (readonly [string, Partial<ClientOptions & FakeS3Options>, RegExp])[] = [
  ["a wrong secret", { secretAccessKey: "wrong" }, /AWS_SECRET_ACCESS_KEY does not belong/],
  ["an unknown key", { accessKeyId: "NOBODY" }, /does not know the key of AWS_ACCESS_KEY_ID/],
  [
    "a foreign session",
    { sessionToken: "old" },
    /session token \(AWS_SESSION_TOKEN.*does not belong/,
  ],
  [
    "another bucket",
    { bucket: "nowhere" },
    /no bucket 'nowhere'; make it, or mend MCP_IMAGE_STORE/,
  ],
];
for (const [what, options, words] of REFUSED) {
  Deno.test(`${what} is told with what to do, and nothing of the key`, async () => {
    const { s3, store } = open(options);
    await using _ = s3;
    await assert.rejects(store.put("one.png", someBytes(10)), (thrown: Error) => {
      assert.match(thrown.message, words);
      assert.ok(!thrown.message.includes("wrong") && !thrown.message.includes("NOBODY"));
      return true;
    });
    assert.match(await store.trouble() ?? "", words);
    assert.deepEqual([...s3.objects.keys()], []);
    assert.equal(s3.requests.length, 2); // what is refused for good is asked once
  });
}

Deno.test("the clock and the region of the bucket are told", async () => {
  const late = open({}, {}, { now: () => Date.now() + 3_600_000 });
  await using _late = late.s3;
  await assert.rejects(late.store.get("one.png"), /clock of this machine is wrong/);

  const { s3, store } = open();
  await using _ = s3;
  const headers = { "x-amz-bucket-region": "eu-west-1" };
  s3.faults.push(() => new Response(null, { status: 301, headers }));
  await assert.rejects(
    store.get("one.png"),
    /'pictures' is elsewhere: set AWS_REGION to eu-west-1/,
  );
});

Deno.test("what the store cannot do now is tried again", async () => {
  const { s3, store } = open();
  await using _ = s3;
  s3.faults.push(() => error(503, "SlowDown"), () => error(500, "InternalError"));
  await store.put("one.png", someBytes(10));
  s3.faults.push(() => error(400, "RequestTimeout"));
  assert.deepEqual(await store.get("one.png"), someBytes(10));
  assert.deepEqual(s3.requests, [
    ...Array(3).fill("PUT art/one.png"),
    ...Array(2).fill("GET art/one.png"),
  ]);
});

Deno.test("a store that stays overloaded, or is not there, is given up with a sentence", async () => {
  const { s3, store } = open();
  await using _ = s3;
  s3.faults.push(...Array(9).fill(() => error(503, "SlowDown")));
  await assert.rejects(store.get("one.png"), /answered 503 SlowDown/);
  assert.equal(s3.requests.length, 4);

  const gone = open({ endpoint: "http://127.0.0.1:9" });
  await using _gone = gone.s3;
  await assert.rejects(
    gone.store.get("one.png"),
    /The image store at 127\.0\.0\.1:9 cannot be reached/,
  );
});

Deno.test("bytes that break off are fetched again", async () => {
  const { s3, store } = open();
  await using _ = s3;
  await store.put("one.png", someBytes(100_000));
  s3.faults.push(() => {
    const body = new Blob([someBytes(100)]).stream();
    return new Response(body, { headers: { "content-length": "100000" } });
  });
  assert.deepEqual(await store.get("one.png"), someBytes(100_000));
});

Deno.test("a store that stalls in the middle of its bytes or of its words is given up", async () => {
  await using s3 = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, ({ url }) => {
    const stalled = new ReadableStream({ start: (body) => body.enqueue(someBytes(100)) });
    const headers = { "content-length": "1000", etag: '"1"' };
    return new Response(stalled, { headers, status: url.endsWith("refused.png") ? 403 : 200 });
  });
  const endpoint = `http://127.0.0.1:${s3.addr.port}`;
  const { s3: unused, store } = open({ endpoint, longestSilence: 50 });
  await using _ = unused;
  await assert.rejects(store.get("one.png"), (thrown) => {
    assert.ok(thrown instanceof StorageAway);
    assert.match(thrown.reason, /broke off while it sent 'one\.png': it has sent nothing for/);
    return true;
  });
  await assert.rejects(store.get("refused.png"), /answered 403/);
  const part = await (await store.open("one.png"))!.read(0, 999);
  await assert.rejects(new Response(part).bytes(), /has sent nothing for/);
});

Deno.test("a reader that takes its time is not taken for a store that stalls", async () => {
  const { s3, store } = open({ longestSilence: 200 });
  await using _ = s3;
  await store.put("one.png", someBytes(3_000_000));
  const reader = (await (await store.open("one.png"))!.read(0, 2_999_999))!.getReader();
  let length = (await reader.read()).value!.length;
  await new Promise((resolve) => setTimeout(resolve, 400));
  for (let next; !(next = await reader.read()).done;) length += next.value.length;
  assert.equal(length, 3_000_000);
});

Deno.test("of an object without end no more is read than a picture may have, and that once", async () => {
  const { s3, store } = open({}, {}, {}, undefined, 1_000_000);
  await using _ = s3;
  await store.put("one.png", someBytes(1_000_000));
  assert.equal((await store.get("one.png"))?.length, 1_000_000);
  let sent = 0;
  const endless = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      if (sent > 50_000_000) return controller.close();
      controller.enqueue(someBytes(50_000));
      sent += 50_000;
    },
  });
  s3.faults.push(() => new Response(endless));
  await assert.rejects(store.get("one.png"), /sends more than 1000000 bytes as 'one\.png'/);
  assert.ok(sent < 20_000_000, `${sent} bytes were sent`);
  assert.equal(s3.requests.length, 3, "it is not asked for again");
});

Deno.test("a file that was replaced since it was opened is gone, not mixed", async () => {
  const { s3, store } = open();
  await using _ = s3;
  await store.put("one.png", someBytes(10));
  const file = await store.open("one.png");
  await store.put("one.png", someBytes(20));
  assert.equal(await file!.read(0, 9), undefined);
});

Deno.test("a temporary address is good for whoever has it, unchanged and in time", async () => {
  let now = Date.now();
  const { s3, store } = open({}, {}, { now: () => now });
  await using _ = s3;
  await store.put("夜 1.png", someBytes(10));
  const file = await store.open("夜 1.png");
  const address = await file!.temporaryAddress!(60, "image/png");
  const response = await fetch(address);
  assert.equal(response.headers.get("content-type"), "image/png");
  assert.deepEqual(await response.bytes(), someBytes(10));
  await status(403, address.replace("1.png", "2.png"));
  await status(403, address.replace("image%2Fpng", "text%2Fhtml"));
  await status(403, address.split("?")[0]!);
  now += 61_000;
  await status(403, address);
});

Deno.test("an object without a name before the host stands in the path, and the other way round", async () => {
  const seen: string[] = [];
  const bucket = new Bucket({
    ...{ ...BUCKET, credentials },
    addressing: "virtual",
    endpoint: "https://s3.example.com",
  });
  seen.push(
    new URL(await bucket.temporaryAddress("a b/ü.png", 60, "image/png")).href.split("?")[0]!,
  );
  const own = new Bucket({
    ...BUCKET,
    credentials,
    addressing: "path",
    endpoint: "http://10.0.0.1:9000/s3/",
  });
  seen.push(new URL(await own.temporaryAddress("one.png", 60, "image/png")).href.split("?")[0]!);
  const amazon = new Bucket({ ...BUCKET, credentials, addressing: "virtual", region: "eu-west-1" });
  seen.push(new URL(await amazon.temporaryAddress("one.png", 60, "image/png")).host);
  assert.deepEqual(seen, [
    "https://pictures.s3.example.com/a%20b/%C3%BC.png",
    "http://10.0.0.1:9000/s3/pictures/one.png",
    "pictures.s3.eu-west-1.amazonaws.com",
  ]);
});

Deno.test("a look at the store costs requests once a minute while all is well", async () => {
  let now = 0;
  const { s3, store } = open({}, {}, {}, () => now);
  await using _ = s3;
  for (now of [0, 30_000, 59_000]) assert.equal(await store.trouble(), undefined);
  assert.equal(s3.requests.length, 2);
  now = 61_000;
  s3.faults.push(() => error(403, "AccessDenied"));
  assert.match(
    await store.trouble() ?? "",
    /cannot be kept in s3:\/\/pictures\/art: .*s3:PutObject/,
  );
  assert.equal(await store.trouble(), undefined); // asked again at once where something was wrong
});

Deno.test("a bucket that is lost is told from a file that is not there", async () => {
  const { s3, store } = open();
  await using _ = s3;
  assert.equal(await store.get("one.png"), undefined);
  assert.equal(await store.open("one.png"), undefined);
  s3.lose();
  for (const ask of ["get", "open", "remove"] as const) {
    await assert.rejects(store[ask]("one.png"), (thrown) => {
      assert.ok(thrown instanceof StorageAway);
      assert.match(thrown.reason, /there is no bucket 'pictures'/);
      return true;
    });
  }
});

Deno.test("who needs to know now whether files are kept asks for a fresh look", async () => {
  let now = 0;
  const { s3, store } = open({}, {}, {}, () => now);
  await using _ = s3;
  await store.put("one.png", someBytes(10)); // says as much as a look
  now = 6_000;
  s3.lose();
  assert.equal(await store.trouble(), undefined);
  assert.match(await store.trouble(5_000) ?? "", /no bucket/);
  assert.match(await store.trouble() ?? "", /no bucket/);
  s3.giveBack();
  assert.equal(await store.trouble(), undefined);
});

Deno.test("a look at a store that does not answer is given up, and goes on for who asks next", async () => {
  const { s3, store } = open();
  await using _ = s3;
  const answered = Promise.withResolvers<Response>();
  s3.faults.push(() => answered.promise);
  {
    using _pauses = shortPauses();
    const trouble = await store.trouble();
    assert.equal(
      trouble,
      "Pictures cannot be kept in s3://pictures/art: it has not answered for 8 s",
    );
  }
  answered.resolve(new Response());
  assert.equal(await store.trouble(), undefined);
  assert.ok(s3.requests.length <= 4, "one look was enough");
});

function open(
  client: ClientOptions = {},
  both: Partial<ClientOptions & FakeS3Options> = {},
  server: Partial<FakeS3Options> = {},
  now?: () => number,
  mostBytes?: number,
): { readonly s3: FakeS3; readonly store: S3ImageStore } {
  const s3 = startFakeS3({ ...BUCKET, ...KEYS, ...both, ...server });
  const pause = () => Promise.resolve();
  const bucket = new Bucket({
    ...{ ...BUCKET, endpoint: s3.endpoint, pause, ...both, ...client },
    credentials: givenCredentials({ ...KEYS, ...both, ...client }),
  });
  const place = `s3://${client.bucket ?? BUCKET.bucket}/art`;
  return { s3, store: new S3ImageStore({ place, bucket, prefix: "art/", now, mostBytes }) };
}

async function status(expected: number, address: string): Promise<void> {
  const response = await fetch(address);
  await response.body?.cancel();
  assert.equal(response.status, expected, address);
}
