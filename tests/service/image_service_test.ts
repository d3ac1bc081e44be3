import assert from "node:assert/strict";
import { ImageError } from "../../src/errors.ts";
import type { Caller } from "../../src/jobs/caller.ts";
import { parseRequest, type RequestArguments } from "../../src/requests/parse.ts";
import { openLocalStorage } from "../../src/storage/local/local_storage.ts";
import {
  type Answer,
  ImageService,
  type ImageServiceOptions,
} from "../../src/service/image_service.ts";
import { silentLogger } from "../../src/log.ts";
import type {
  CallContext,
  Capabilities,
  ImageProvider,
  ImageRequest,
  ImageResult,
} from "../../src/providers/provider.ts";
import { fakeArk } from "../fakes/ark.ts";
import { fakeOpenAI } from "../fakes/openai.ts";
import { drawPlainPng, drawPng } from "../fakes/pictures.ts";
import { startTencent } from "../fakes/tencent.ts";
import { openTestApp } from "../support/app.ts";
import { temporaryFolder } from "../support/folder.ts";
import { shortPauses, until } from "../support/wait.ts";
import { shareImageWorkers } from "../support/image_workers.ts";

shareImageWorkers();

Deno.test("a picture is stored as the vendor drew it before anything is answered", async () => {
  await using fake = await startTencent();
  await using test = await openTestApp({ env: fake.environment });
  const [picture] = await pictures(ask(test.app.imageService, { prompt: "a cat" }, caller()));
  const path = test.app.images.pathOf(picture!)!;
  assert.deepEqual(await Deno.readFile(path), fake.pictures[0]);
});

Deno.test("a provider that is down is replaced, with style and size in the other's words", async () => {
  await using tencent = await startTencent();
  await using ark = fakeArk();
  tencent.misbehave("no quota");
  const env = { ...tencent.environment, ...ark.environment };
  await using test = await openTestApp({ env });
  const args = { prompt: "a cat", style: "riman", resolution: "1024x768" };
  const answer = await done(ask(test.app.imageService, args, caller()));
  assert.equal(answer.images[0]?.provider, "doubao");
  assert.match(answer.warnings.join("\n"), /hunyuan could not draw it, so another provider was/);
  assert.match(answer.warnings.join("\n"), /'riman'.*'anime'/);
  const { prompt, size } = ark.requests[0]!.json as { prompt: string; size: string };
  assert.match(prompt, /anime style/);
  const [width = 0, height = 0] = size.split("x").map(Number);
  assert.ok(Math.abs(width / height - 4 / 3) < 0.05, size);
  assert.equal(tencent.requests.length, 1);
});

Deno.test("an example of the predecessor's manual is drawn, in the nearest size of its shape", async () => {
  await using ark = fakeArk();
  await using test = await openTestApp({ env: ark.environment });
  const args = {
    prompt: "Fantasy magical forest",
    provider: "doubao",
    style: "fantasy",
    resolution: "1024x768",
    negative_prompt: "dark, scary",
    file_prefix: "fantasy",
  };
  const { warnings } = await done(ask(test.app.imageService, args, caller()));
  assert.match(
    warnings.join(),
    /^doubao does not draw 1024x768, so \d+x\d+ was drawn, the nearest/,
  );
  const { size } = ark.requests[0]!.json as { size: string };
  const [width = 0, height = 0] = size.split("x").map(Number);
  assert.ok(Math.abs(width / height - 4 / 3) < 0.02, size);
});

Deno.test("other providers are tried once each, in the order that was set", async () => {
  const asked: string[] = [];
  const failing = (name: string) =>
    provider(name, () => {
      asked.push(name);
      return Promise.reject(new ImageError("quota_exceeded", `${name} wants money`));
    });
  await using server = await openService([failing("one"), failing("two"), failing("three")]);
  await assert.rejects(ask(server.imageService, { prompt: "a cat" }, caller()), {
    code: "quota_exceeded",
    message: /^three wants money\. Before that: one could not.*one wants money; two could not/,
  });
  assert.deepEqual(asked, ["one", "two", "three"]);
});

Deno.test("MCP_PROVIDER_ORDER says who is asked after the default provider", async () => {
  await using tencent = await startTencent();
  await using ark = fakeArk();
  await using openai = fakeOpenAI();
  tencent.misbehave("no quota");
  const env = {
    ...tencent.environment,
    ...ark.environment,
    ...openai.environment,
    MCP_DEFAULT_PROVIDER: "hunyuan",
  };
  for (const [order, expected] of [["doubao,openai", "doubao"], ["openai,doubao", "openai"]]) {
    await using test = await openTestApp({ env: { ...env, MCP_PROVIDER_ORDER: order! } });
    const [picture] = await pictures(ask(test.app.imageService, { prompt: "a cat" }, caller()));
    assert.equal(picture?.provider, expected);
  }
});

for (const code of ["content_refused", "invalid_parameters", "timeout"] as const) {
  Deno.test(`nobody else is asked after ${code}`, async () => {
    await using server = await openService([
      provider("one", () => Promise.reject(new ImageError(code, "No"))),
      provider("two"),
    ]);
    await assert.rejects(ask(server.imageService, { prompt: "a cat" }, caller()), { code });
  });
}

Deno.test("nobody else is asked when a provider was named, or failover is off", async () => {
  const one = provider("one", () => Promise.reject(new ImageError("quota_exceeded", "No")));
  for (const [args, failover] of [[{ provider: "one" }, true], [{}, false]] as const) {
    await using server = await openService([one, provider("two")], { failover });
    const call = ask(server.imageService, { prompt: "a cat", ...args }, caller());
    await assert.rejects(call, { code: "quota_exceeded", message: "No" });
  }
});

Deno.test("nobody else is asked once a vendor has accepted the job", async () => {
  const one = provider("one", (_request, context) => {
    context.onAccepted("ticket");
    return Promise.reject(new ImageError("quota_exceeded", "No"));
  });
  await using server = await openService([one, provider("two")]);
  const call = ask(server.imageService, { prompt: "a cat" }, caller());
  await assert.rejects(call, { code: "quota_exceeded" });
});

Deno.test("nobody else is asked for a caller who has gone", async () => {
  const failing = Promise.withResolvers<ImageResult>();
  failing.promise.catch(() => {}); // it may fail before the provider comes to wait for it
  const asked: string[] = [];
  await using server = await openService([
    provider("one", () => failing.promise),
    provider("two", (request) => {
      asked.push("two");
      return drawn(request);
    }),
  ]);
  const leaving = new AbortController();
  const call = ask(server.imageService, { prompt: "a cat" }, caller({ signal: leaving.signal }));
  await until("one is asked", () => server.imageService.load.running === 1);
  leaving.abort(new Error("gone"));
  await assert.rejects(call, /gone/);
  failing.reject(new ImageError("quota_exceeded", "No"));
  await server.imageService.jobs.drain(1);
  assert.deepEqual(asked, []);
});

Deno.test("a provider for which the request is too long is passed over", async () => {
  await using server = await openService([
    provider("one", () => Promise.reject(new ImageError("quota_exceeded", "No"))),
    provider("short", drawn, { maxPromptLength: 3 }),
    provider("three"),
  ]);
  const [picture] = await pictures(ask(server.imageService, { prompt: "a cat" }, caller()));
  assert.equal(picture?.provider, "three");
});

Deno.test("a provider that failed three times in a row rests for 30 s, then is tried again", async () => {
  let now = Date.now();
  let asked = 0;
  const one = provider("one", () => {
    asked++;
    return Promise.reject(new ImageError("provider_busy", "No"));
  });
  await using server = await openService([one, provider("two")], { now: () => now });
  const generate = () => done(ask(server.imageService, { prompt: "a cat" }, caller()));
  for (let time = 1; time <= 3; time++) await generate();
  assert.equal(asked, 3);
  const { warnings } = await generate();
  assert.equal(asked, 3);
  assert.match(warnings.join(), /one failed three times in a row and rests/);
  await assert.rejects(
    ask(server.imageService, { prompt: "a cat", provider: "one" }, caller()),
    { code: "provider_busy" },
  );
  assert.equal(asked, 4, "a named provider is asked all the same");
  now += 31_000;
  await generate();
  assert.equal(asked, 5);
});

Deno.test("many pictures are as many calls as the vendor needs, each with its own seed", async () => {
  const requests: ImageRequest[] = [];
  const one = provider("one", (request) => {
    requests.push(request);
    return drawn(request);
  }, { maxCount: 2, seed: { minimum: 1, maximum: 100 } });
  await using server = await openService([one]);
  const args = { prompt: "a cat", n: 5, seed: 97 };
  const answer = await pictures(ask(server.imageService, args, caller()));
  assert.equal(answer.length, 5);
  assert.deepEqual(requests.map(({ count, seed }) => [count, seed]), [[2, 97], [2, 99], [1, 1]]);
});

Deno.test("from pictures that come in, one call gives as many more as the vendor groups", async () => {
  const requests: ImageRequest[] = [];
  const one = provider("one", (request) => {
    requests.push(request);
    return drawn(request);
  }, { ...EDITING, inputs: { ...EDITING.inputs, maxTogether: 4 } });
  await using server = await openService([one]);
  const images = [{ picture: { bytes: drawPng(64, 64, "a base") }, role: "base" as const }];
  const inputs = await server.imageService.keepInputs({ images });
  const request = parseRequest({ prompt: "a red sky", n: 5 }, "edit", inputs);
  await done(server.imageService.run(request, caller()));
  await ask(server.imageService, { prompt: "a cat", n: 2 }, caller());
  const counts = requests.map(({ count, inputs }) => `${count} from ${inputs.length}`);
  assert.deepEqual(counts.sort(), ["1 from 0", "1 from 0", "2 from 1", "3 from 1"]);
});

Deno.test("when some of many pictures fail, the others are given with a word about it", async () => {
  let call = 0;
  const one = provider(
    "one",
    (request) =>
      ++call === 2
        ? Promise.reject(new ImageError("content_refused", "It was refused"))
        : drawn(request),
  );
  await using server = await openService([one, provider("two")]);
  const answer = await done(ask(server.imageService, { prompt: "a cat", n: 3 }, caller()));
  assert.equal(answer.images.length, 2);
  assert.match(answer.warnings.join(), /2 of 3 pictures were made.*It was refused/);
});

Deno.test("when all of many pictures fail, a single refusal keeps others from being asked", async () => {
  let call = 0;
  const one = provider("one", () => {
    const code = ++call === 2 ? "content_refused" : "provider_busy";
    return Promise.reject(new ImageError(code, "No"));
  });
  await using server = await openService([one, provider("two")]);
  const generate = ask(server.imageService, { prompt: "a cat", n: 3 }, caller());
  await assert.rejects(generate, { code: "content_refused" });
});

Deno.test("one unreadable picture does not cost the others", async () => {
  const one = provider("one", async (request) => {
    const { images, ...rest } = await drawn(request);
    return { images: [{ bytes: new Uint8Array(9) }, ...images.slice(1)], ...rest };
  }, { maxCount: 3 });
  await using server = await openService([one]);
  const answer = await done(ask(server.imageService, { prompt: "a cat", n: 3 }, caller()));
  assert.equal(answer.images.length, 2);
  assert.match(answer.warnings.join(), /not a picture/);
});

Deno.test("a picture that comes cut is kept, with a warning that says so", async () => {
  const cut = drawPng(64, 64, "a test").slice(0, 60);
  const model = "model-1";
  const vendor = provider(
    "one",
    () => Promise.resolve({ images: [{ bytes: cut }], warnings: [], model }),
  );
  await using server = await openService([vendor]);
  const answer = await done(ask(server.imageService, { prompt: "a cat" }, caller()));
  assert.equal(answer.images[0]?.sizeBytes, 60);
  assert.match(answer.warnings.join("\n"), /img_one_\w+ came from one cut short after 60 bytes/);
});

Deno.test("no more generations run than may, and beyond the queue the answer is busy", async () => {
  const gate = Promise.withResolvers<void>();
  let running = 0;
  let most = 0;
  const one = provider("one", async (request) => {
    most = Math.max(most, ++running);
    await gate.promise;
    running--;
    return await drawn(request);
  });
  await using server = await openService([one], { maxConcurrent: 2, maxQueue: 3 });
  const calls = Array.from(
    { length: 5 },
    (_, index) => ask(server.imageService, { prompt: `${index}` }, caller()),
  );
  await until("the queue is full", () => server.imageService.load.waiting === 3);
  await assert.rejects(ask(server.imageService, { prompt: "one more" }, caller()), {
    code: "busy",
    message: /try again in \d+ s/,
  });
  gate.resolve();
  assert.equal((await Promise.all(calls)).every((answer) => answer.done), true);
  assert.equal(most, 2);
});

Deno.test("a caller with one request does not wait for another's batch", async () => {
  const order: string[] = [];
  const one = provider("one", (request) => {
    order.push(request.prompt);
    return drawn(request);
  });
  await using server = await openService([one], { maxConcurrent: 1 });
  const batch = Array.from(
    { length: 6 },
    (_, index) => ask(server.imageService, { prompt: `batch ${index}` }, caller({ key: "many" })),
  );
  const single = ask(server.imageService, { prompt: "single" }, caller({ key: "few" }));
  await Promise.all([...batch, single]);
  assert.ok(order.indexOf("single") <= 2, order.join());
});

Deno.test("two callers who wait for the same request get a picture each", async () => {
  await using fake = await startTencent();
  await using test = await openTestApp({ env: fake.environment });
  const args = { prompt: "a cat" };
  const both = await Promise.all(
    [1, 2].map(() => pictures(ask(test.app.imageService, args, caller()))),
  );
  assert.notEqual(both[0]![0]!.id, both[1]![0]!.id);
  assert.equal(fake.pictures.length, 2);
});

for (const dedupe of [true, false]) {
  const what = dedupe ? "takes over" : "with dedupe off does not take over";
  Deno.test(`the same request ${what} a job whose caller has gone`, async () => {
    const gate = Promise.withResolvers<void>();
    let asked = 0;
    const one = provider("one", async (request) => {
      asked++;
      await gate.promise;
      return await drawn(request);
    });
    await using server = await openService([one], { dedupe });
    const leaving = new AbortController();
    const first = ask(server.imageService, { prompt: "a cat" }, caller({ signal: leaving.signal }));
    await until("it is drawn", () => asked === 1);
    leaving.abort(new Error("gone"));
    await assert.rejects(first, /gone/);

    const second = ask(server.imageService, { prompt: "a cat" }, caller({ waitSeconds: 0.01 }));
    const { done, warnings } = await second;
    assert.equal(done, false);
    assert.equal(/not paid for twice/.test(warnings.join()), dedupe);
    gate.resolve();
    await server.imageService.jobs.drain(1);
    assert.equal(asked, dedupe ? 1 : 2);
  });
}

Deno.test("after a job has finished the same request is a new one", async () => {
  await using server = await openService([provider("one")]);
  const [one] = await pictures(ask(server.imageService, { prompt: "a cat" }, caller()));
  const [two] = await pictures(ask(server.imageService, { prompt: "a cat" }, caller()));
  assert.notEqual(one!.id, two!.id);
});

Deno.test("a caller who has gone already is not served", async () => {
  await using server = await openService([provider("one")]);
  const signal = AbortSignal.abort(new Error("gone"));
  await assert.rejects(
    ask(server.imageService, { prompt: "a cat" }, caller({ signal })),
    /gone/,
  );
  assert.deepEqual(await server.imageService.jobs.list(""), []);
});

Deno.test("a vendor that hangs is given up at the time limit, and its slot is free", async () => {
  await using fake = fakeOpenAI();
  fake.misbehave("hangs", 1);
  const env = { ...fake.environment, MCP_PROVIDER_TIMEOUT: "1", MCP_MAX_CONCURRENT: "1" };
  await using test = await openTestApp({ env });
  const hanging = ask(test.app.imageService, { prompt: "a cat" }, caller());
  await assert.rejects(hanging, { code: "timeout", message: /1 s; it may still charge/ });
  assert.equal(
    (await pictures(ask(test.app.imageService, { prompt: "a dog" }, caller()))).length,
    1,
  );
});

Deno.test("a download that is cut off is tried again, without paying again", async () => {
  await using fake = fakeArk();
  fake.misbehave("cut download", 2);
  await using test = await openTestApp({ env: fake.environment });
  const [picture] = await pictures(ask(test.app.imageService, { prompt: "a cat" }, caller()));
  assert.deepEqual(await test.app.images.read(picture!), fake.pictures[0]);
  assert.equal(fake.requests.length, 1);
});

for (const fault of ["server error", "dead socket", "rate limited", "wrong key"] as const) {
  Deno.test(`an accepted job outlives a vendor that answers ${fault} for a while`, async () => {
    await using fake = await startTencent({ drawingTime: 50 });
    await using test = await openTestApp({ env: fake.environment });
    using _ = shortPauses();
    const call = ask(test.app.imageService, { prompt: "a cat" }, caller());
    await until("it is accepted", () => fake.requests.length > 1);
    fake.misbehave(fault, 6); // more than the tries of a single question
    assert.equal((await pictures(call)).length, 1);
    assert.equal(fake.pictures.length, 1);
  });
}

Deno.test("an accepted job that the vendor says has failed is not asked for again", async () => {
  await using fake = await startTencent();
  fake.failNextJob("FailedOperation.GenerateImageFailed", "审核不通过");
  await using test = await openTestApp({ env: fake.environment });
  const call = ask(test.app.imageService, { prompt: "a cat" }, caller());
  await assert.rejects(call, { code: "content_refused" });
  assert.equal(fake.requests.length, 2);
});

Deno.test("a picture that no disk takes is given all the same, and says so", async () => {
  await using fake = fakeArk();
  await using folder = await temporaryFolder();
  const file = `${folder.path}/file`;
  await Deno.writeTextFile(file, "in the way");
  await using test = await openTestApp({ env: fake.environment, folder: file });
  const [picture] = await pictures(ask(test.app.imageService, { prompt: "a cat" }, caller()));
  assert.match(picture!.saveError ?? "", /Not saved/);
  assert.deepEqual(await test.app.images.read(picture!), fake.pictures[0]);
  assert.deepEqual(await test.app.images.find(picture!.id, "", 60), picture);
});

for (const jump of [-86_400_000, 86_400_000]) {
  Deno.test(`a clock that jumps by ${jump / 3_600_000} hours disturbs no job`, async () => {
    let now = Date.now();
    const gate = Promise.withResolvers<void>();
    const one = provider("one", async (request) => {
      await gate.promise;
      return await drawn(request);
    });
    await using server = await openService([one], { now: () => now, maxConcurrent: 1 });
    const call = ask(server.imageService, { prompt: "a cat" }, caller());
    const queued = ask(server.imageService, { prompt: "a dog" }, caller({ waitSeconds: 0.2 }));
    now += jump;
    const answer = await queued;
    assert.ok(!answer.done);
    gate.resolve();
    const [cat] = await pictures(call);
    const [dog] = await pictures(server.imageService.waitFor(answer.job.id, caller()));
    assert.equal((await server.imageService.jobs.list("")).length, 2);
    assert.deepEqual(
      [cat!.id, dog!.id].map((id) => /^img_one_\d+_/.test(id)),
      [true, true],
    );
  });
}

Deno.test("a vendor's partial pictures are asked for only where somebody watches", async () => {
  const watched: (boolean | undefined)[] = [];
  const one = provider("one", (request, { wantsProgress }) => {
    watched.push(wantsProgress);
    return drawn(request);
  });
  await using server = await openService([one]);
  await ask(server.imageService, { prompt: "a cat" }, caller());
  await ask(server.imageService, { prompt: "a cat" }, caller({ onProgress() {} }));
  assert.deepEqual(watched, [false, true]);
});

Deno.test("a job whose provider is not configured any more says what to set", async () => {
  await using fake = await startTencent({ drawingTime: 60_000 });
  await using folder = await temporaryFolder();
  const before = await openTestApp({ env: fake.environment, folder: folder.path });
  const impatient = caller({ waitSeconds: 0.01 });
  const answer = await ask(before.app.imageService, { prompt: "a cat" }, impatient);
  assert.ok(!answer.done);
  const { jobs } = before.app.imageService;
  await until("it is accepted", async () => (await jobs.list(""))[0]?.state === "accepted");
  await before[Symbol.asyncDispose]();

  await using after = await openTestApp({ folder: folder.path });
  await after.app.imageService.recover();
  await assert.rejects(after.app.imageService.waitFor(answer.job.id, caller()), {
    code: "provider_unavailable",
    message: /accepted by hunyuan, which is not configured.*TENCENT_SECRET_ID/,
  });
});

Deno.test("what was stored before a crash is not fetched or reported lost", async () => {
  const slow = Promise.withResolvers<ImageResult>();
  let call = 0;
  const one = provider("one", (request, { signal }) => {
    signal.addEventListener("abort", () => slow.reject(signal.reason));
    return ++call === 1 ? drawn(request) : slow.promise;
  });
  await using folder = await temporaryFolder();
  const before = await openService([one], { folder: folder.path });
  const impatient = caller({ waitSeconds: 0.01 });
  const answer = await ask(before.imageService, { prompt: "a cat", n: 2 }, impatient);
  assert.ok(!answer.done);
  const isFile = ({ name }: Deno.DirEntry) => name.endsWith(".png");
  await until("one is stored, the other drawn", () => {
    return call === 2 && [...Deno.readDirSync(folder.path)].some(isFile);
  });
  await before[Symbol.asyncDispose]();

  await using after = await openService([one], { folder: folder.path });
  await after.imageService.recover();
  const { images, warnings } = await done(after.imageService.waitFor(answer.job.id, caller()));
  assert.equal(images.length, 1);
  assert.match(warnings.join(), /1 of 2 pictures were made.*may have been charged/);
  assert.equal(call, 2);
});

const EDITING = {
  inputs: { maxImages: 2, roles: ["base", "reference"], mediaTypes: ["image/png"], maxBytes: 1e6 },
  mask: "alpha",
} as const;

Deno.test("a provider gets the bytes of pictures that came in, and the record names them", async () => {
  let seen: ImageRequest | undefined;
  const one = provider("one", (request) => {
    seen = request;
    return drawn(request);
  }, EDITING);
  await using server = await openService([provider("plain"), one]);
  const [base, reference, mask] = ["base", "reference", "mask"].map((name) =>
    drawPlainPng(8, 8, name)
  );
  const inputs = await server.imageService.keepInputs({
    images: [
      { picture: { bytes: base! }, role: "base" },
      { picture: { bytes: reference!, imageId: "img_one_1_ab" }, role: "reference" },
    ],
    mask: mask!,
  });
  const request = parseRequest({ prompt: "a red sky" }, "edit", inputs);
  const { images, warnings } = await done(server.imageService.run(request, caller()));
  assert.equal(images[0]?.provider, "one");
  assert.match(warnings.join(), /plain takes no pictures/);
  assert.deepEqual(seen?.inputs.map(({ role, bytes }) => [role, bytes]), [
    ["base", base],
    ["reference", reference],
  ]);
  assert.deepEqual(seen?.mask?.bytes, mask);
  assert.equal(seen?.operation, "edit");
});

Deno.test("edits of different pictures with the same words are different requests", async () => {
  const gate = Promise.withResolvers<void>();
  let asked = 0;
  const one = provider("one", async (request) => {
    asked++;
    await gate.promise;
    return await drawn(request);
  }, EDITING);
  await using server = await openService([one]);
  for (const name of ["cat", "dog"]) {
    const bytes = drawPlainPng(8, 8, name);
    const inputs = await server.imageService.keepInputs({
      images: [{ picture: { bytes }, role: "base" }],
    });
    const request = parseRequest({ prompt: "a red sky" }, "edit", inputs);
    const answer = await server.imageService.run(request, caller({ waitSeconds: 0.01 }));
    assert.deepEqual(answer.warnings, []);
  }
  await until("both are asked", () => asked === 2);
  gate.resolve();
});

Deno.test("a picture that is not kept any more ends its job with a sentence", async () => {
  await using folder = await temporaryFolder();
  await using server = await openService([provider("one", drawn, EDITING)], {
    folder: folder.path,
  });
  const bytes = drawPng(8, 8, "base");
  const inputs = await server.imageService.keepInputs({
    images: [{ picture: { bytes }, role: "base" }],
  });
  await Deno.remove(`${folder.path}/.mcp-image-server/inputs/${inputs.images[0]!.hash}`);
  const request = parseRequest({ prompt: "a red sky" }, "edit", inputs);
  await assert.rejects(server.imageService.run(request, caller()), {
    code: "image_not_found",
    message: /is not kept any more: pass it again/,
  });
});

Deno.test("partial pictures reach whoever can show them, and cost nothing where nobody can", async () => {
  const offered: boolean[] = [];
  const partial = drawPng(8, 8, "half");
  const one = provider("one", (request, { onPartialImage }) => {
    offered.push(onPartialImage !== undefined);
    onPartialImage?.(partial);
    return drawn(request);
  });
  await using server = await openService([one]);
  const shown: Uint8Array[] = [];
  await ask(server.imageService, { prompt: "a cat" }, caller());
  const onPartialImage = (bytes: Uint8Array) => void shown.push(bytes);
  await ask(server.imageService, { prompt: "a cat" }, caller({ onPartialImage }));
  assert.deepEqual(offered, [false, true]);
  assert.deepEqual(shown, [partial]);
});

Deno.test("a cancel is passed on to a vendor that has the job, and a vendor's fault does not hold it up", async () => {
  const cancelled: string[] = [];
  const hanging: ImageProvider = {
    ...provider("one", (_request, { signal, onAccepted }) => {
      onAccepted("ticket-1");
      return new Promise((_, reject) =>
        signal.addEventListener("abort", () => reject(signal.reason))
      );
    }),
    resume: () => Promise.reject(new Error("It is not asked again")),
    cancel(ticket) {
      cancelled.push(ticket);
      return Promise.reject(new Error("The vendor is down"));
    },
  };
  await using server = await openService([hanging]);
  const { jobs } = server.imageService;
  const answer = await ask(server.imageService, { prompt: "a cat" }, caller({ waitSeconds: 0.01 }));
  assert.ok(!answer.done);
  const { id } = answer.job;
  await until("the vendor has it", async () => (await jobs.find(id, ""))?.state === "accepted");
  const { after } = await jobs.cancel(id, "");
  assert.equal(after.state, "cancelled");
  assert.deepEqual(cancelled, ["ticket-1"]);
});

/** A provider that draws what it is asked, or does as `generate` says. */
function provider(
  name: string,
  generate: (request: ImageRequest, context: CallContext) => Promise<ImageResult> = drawn,
  capabilities: Partial<Capabilities> = {},
): ImageProvider {
  const whole: Capabilities = {
    styles: {},
    sizes: { listed: { "64x64": "1:1" }, default: "64x64" },
    maxCount: 1,
    maxPromptLength: 1_000,
    negativePrompt: "words",
    options: {},
    ...capabilities,
  };
  return { name, models: [`${name}-1`], capabilities: () => whole, generate };
}

function drawn({ count, prompt }: ImageRequest): Promise<ImageResult> {
  const images = Array.from(
    { length: count },
    () => ({ bytes: drawPng(64, 64, `${prompt} ${crypto.randomUUID()}`) }),
  );
  return Promise.resolve({ images, warnings: [], model: "model-1" });
}

/** What a tool does with its arguments. */
async function ask(
  service: ImageService,
  args: RequestArguments,
  caller: Caller,
): Promise<Answer> {
  return await service.run(parseRequest(args), caller);
}

interface Server extends AsyncDisposable {
  readonly imageService: ImageService;
}

async function openService(
  providers: readonly ImageProvider[],
  { folder, failover = true, dedupe = true, now, maxConcurrent = 8, maxQueue = 100 }:
    & Partial<Pick<ImageServiceOptions, "now" | "maxConcurrent" | "maxQueue">>
    & { folder?: string; failover?: boolean; dedupe?: boolean } = {},
): Promise<Server> {
  const temporary = folder === undefined ? await temporaryFolder() : undefined;
  const saveDirectory = folder ?? temporary!.path;
  const storage = openLocalStorage({ saveDirectory, log: silentLogger, now });
  const on = new Map(providers.map((provider) => [provider.name, provider]));
  const imageService = new ImageService({
    storage,
    log: silentLogger,
    settings: {
      providers: { on, off: new Map() },
      failover,
      dedupe,
      providerTimeoutSeconds: 300,
    },
    maxConcurrent,
    maxQueue,
    now,
  });
  return {
    imageService,
    async [Symbol.asyncDispose]() {
      await imageService.close();
      await storage.close();
      await temporary?.[Symbol.asyncDispose]();
    },
  };
}

function caller(overrides: Partial<Caller> = {}): Caller {
  return { owner: "", key: "test", signal: new AbortController().signal, ...overrides };
}

async function done(call: Promise<Answer>) {
  const answer = await call;
  assert.ok(answer.done, "The answer is a job");
  return answer;
}

async function pictures(call: Promise<Answer>) {
  return (await done(call)).images;
}
