import assert from "node:assert/strict";

import { ImageError } from "../../src/errors.ts";
import { hunyuan } from "../../src/providers/hunyuan/provider.ts";
import type {
  CallContext,
  ImageProvider,
  ImageRequest,
  OpenedProvider,
  ProviderDependencies,
} from "../../src/providers/provider.ts";
import type { Problem } from "../../src/config/variables.ts";
import type { FakeVendor, Fault } from "../fakes/fake_vendor.ts";
import { startTencent } from "../fakes/tencent.ts";
import { startTokenHub } from "../fakes/tokenhub.ts";
import { shortPauses } from "../support/wait.ts";

Deno.test("hunyuan draws a picture and hands over the very bytes Tencent made", async () => {
  await using tencent = await startTencent();

  const result = await providerOf(tencent).generate(asking({ prompt: "一只猫" }), listener());

  assert.deepEqual(result.images.map(({ bytes }) => bytes), tencent.pictures);
  assert.equal(result.images[0]?.revisedPrompt, "一只猫，画面精致");
  assert.equal(result.model, "hunyuan-image-3.0");
  assert.deepEqual(result.warnings, []);
});

Deno.test("hunyuan sends aiart just the documented fields, and no style nobody asked for", async () => {
  await using tencent = await startTencent();

  await providerOf(tencent).generate(asking({ prompt: "a cat" }), listener());

  const [submit, query] = tencent.requests;
  assert.deepEqual(submit?.json, {
    Prompt: "a cat",
    Resolution: "1024:1024",
    Revise: 1,
    LogoAdd: 0,
  });
  assert.equal(submit?.headers["x-tc-action"], "SubmitTextToImageJob");
  assert.equal(submit?.headers["x-tc-version"], "2022-12-29");
  assert.equal(submit?.headers["x-tc-region"], "ap-guangzhou");
  assert.equal(query?.headers["x-tc-action"], "QueryTextToImageJob");
});

Deno.test("hunyuan puts the style and what to avoid into words for aiart", async () => {
  await using tencent = await startTencent();

  await providerOf(tencent).generate(
    asking({ prompt: "竹林小路", style: "shuimo", negativePrompt: "people", size: "1280x720" }),
    listener(),
  );

  const { Prompt, Resolution } = sentBy(tencent);
  assert.match(
    String(Prompt),
    /^竹林小路\n画面风格：中国水墨画风格.+ink wash painting.+\n画面中不要出现：people$/,
  );
  assert.equal(Resolution, "1280:720");
});

Deno.test("hunyuan honours a seed by switching off the rewriting that ignores it, and says so", async () => {
  await using tencent = await startTencent();

  const { warnings, images } = await providerOf(tencent).generate(
    asking({ prompt: "a cat", seed: 7 }),
    listener(),
  );

  const { Seed, Revise } = sentBy(tencent);
  assert.deepEqual({ Seed, Revise }, { Seed: 7, Revise: 0 });
  assert.match(warnings.join(), /as written.+seed/);
  assert.equal(images[0]?.revisedPrompt, "a cat");
});

Deno.test("hunyuan refuses a prompt that its own style words make too long", async () => {
  await using tencent = await startTencent();

  await assert.rejects(
    providerOf(tencent).generate(
      asking({ prompt: "猫".repeat(8190), style: "riman" }),
      listener(),
    ),
    { code: "invalid_parameters", message: /takes at most 8192/ },
  );
  assert.equal(tencent.requests.length, 0);
});

Deno.test("hunyuan says when the model asked for is not the one that draws", async () => {
  await using tencent = await startTencent();

  const { model, warnings } = await providerOf(tencent).generate(
    asking({ model: "hy-image-v9" }),
    listener(),
  );

  assert.equal(model, "hunyuan-image-3.0");
  assert.match(warnings.join(), /'hy-image-v9' was not used/);
});

Deno.test("hunyuan tells how far Tencent is", async () => {
  await using tencent = await startTencent({ drawingTime: 500 });
  const heard: string[] = [];
  const start = Date.now();
  const tenfold = { now: () => start + (Date.now() - start) * 10 };

  await providerOf(tencent, {}, tenfold).generate(
    asking({}),
    listener({ onProgress: ({ message }) => void heard.push(message) }),
  );

  assert.equal(heard[0], "Tencent has the job, waiting in its queue");
  const seconds = heard.map((message) => message.match(/^Tencent is drawing \((\d+) s\)$/)?.[1]);
  assert.ok(seconds.some((number) => Number(number) >= 2));
  assert.equal(heard.at(-1), "Tencent has drawn the picture, downloading it");
});

Deno.test("hunyuan signs with a session token where the keys are temporary", async () => {
  await using tencent = await startTencent({ temporaryKeys: true });

  const { images } = await providerOf(tencent).generate(asking({}), listener());

  assert.equal(images.length, 1);
  assert.equal(
    tencent.requests[0]?.headers["x-tc-token"],
    tencent.environment.TENCENT_SESSION_TOKEN,
  );
});

Deno.test("hunyuan waits for a free slot when another program's job takes the only one", async () => {
  await using tencent = await startTencent();
  tencent.occupy();

  const { images } = await providerOf(tencent).generate(
    asking({}),
    listener({
      onProgress({ message }) {
        if (message === "Waiting for a free slot at Tencent") tencent.release();
      },
    }),
  );

  assert.equal(images.length, 1);
  assert.equal(actionsOf(tencent).filter((action) => action.startsWith("Submit")).length, 2);
});

Deno.test("hunyuan stops waiting for a slot when the caller's time is up", async () => {
  await using tencent = await startTencent();
  tencent.occupy();
  const caller = new AbortController();
  const timeout = new ImageError("timeout", "The picture did not come within 300 s");

  await assert.rejects(
    providerOf(tencent).generate(
      asking({}),
      listener({ signal: caller.signal, onProgress: () => caller.abort(timeout) }),
    ),
    (error) => error === timeout,
  );
});

Deno.test("hunyuan runs one job at a time unless HUNYUAN_CONCURRENCY says more", async () => {
  await using tencent = await startTencent();

  assert.equal(providerOf(tencent).concurrency, 1);
  assert.equal(providerOf(tencent, { HUNYUAN_CONCURRENCY: "3" }).concurrency, 3);
});

Deno.test("hunyuan starts at most 20 requests in a second, and those without delay", async () => {
  await using tencent = await startTencent({ concurrency: 30 });
  const starts: number[] = [];
  const provider = providerOf(tencent, {}, {
    fetch(input, init) {
      if (init?.method === "POST") starts.push(performance.now());
      return fetch(input, init);
    },
  });

  await Promise.all(Array.from({ length: 11 }, () => provider.generate(asking({}), listener())));

  assert.equal(starts.length, 22);
  const [first = NaN] = starts;
  assert.ok(starts[10]! - first < 900);
  assert.ok(starts.at(-1)! - first > 990);
});

Deno.test("hunyuan stops at once when the call is cancelled while Tencent draws", async () => {
  await using tencent = await startTencent({ drawingTime: 60_000 });
  const caller = new AbortController();
  const cancelled = new ImageError("cancelled", "The request was cancelled");
  let stoppedAt = Infinity;

  const drawing = providerOf(tencent).generate(
    asking({}),
    listener({
      signal: caller.signal,
      onProgress() {
        stoppedAt = performance.now();
        caller.abort(cancelled);
      },
    }),
  );

  await assert.rejects(drawing, (error) => error === cancelled);
  assert.ok(performance.now() - stoppedAt < 10_000);
});

Deno.test("hunyuan ends a call that hangs with the caller's own reason", async () => {
  await using tencent = await startTencent();
  tencent.misbehave("hangs");
  const caller = new AbortController();
  const timeout = new ImageError("timeout", "The picture did not come within 300 s");
  setTimeout(() => caller.abort(timeout), 20);

  await assert.rejects(
    providerOf(tencent).generate(asking({}), listener({ signal: caller.signal })),
    (error) => error === timeout,
  );
});

Deno.test("hunyuan fetches a job's picture after a restart, with the warnings of the first time", async () => {
  await using tencent = await startTencent();
  const ticket = await abandonedTicket(tencent, asking({ seed: 7 }));

  const { images, warnings, model } = await providerOf(tencent).resume!(ticket, listener());

  assert.deepEqual(images.map(({ bytes }) => bytes), tencent.pictures);
  assert.match(warnings.join(), /seed/);
  assert.equal(model, "hunyuan-image-3.0");
  assert.equal(actionsOf(tencent).filter((action) => action.startsWith("Submit")).length, 1);
});

Deno.test("hunyuan writes no key into a ticket", async () => {
  await using tencent = await startTencent({ temporaryKeys: true });

  const ticket = await abandonedTicket(tencent, asking({}));

  assert.ok(tencent.secrets.every((secret) => !ticket.includes(secret)));
});

Deno.test("hunyuan says so when Tencent has forgotten the job", async () => {
  await using tencent = await startTencent();
  const ticket = await abandonedTicket(tencent, asking({}));
  tencent.forget();

  await assert.rejects(providerOf(tencent).resume!(ticket, listener()), {
    code: "job_not_found",
    message: /no longer knows the job.+ask for the picture again/,
  });
});

Deno.test("hunyuan does not resume a job of another backend, nor a ticket it cannot read", async () => {
  await using tencent = await startTencent();
  const ticket = await abandonedTicket(tencent, asking({}));
  const legacy = providerOf(tencent, { HUNYUAN_BACKEND: "legacy" });

  await assert.rejects(legacy.resume!(ticket, listener()), {
    code: "job_not_found",
    message: /backend 'aiart', and HUNYUAN_BACKEND is now 'legacy'/,
  });
  for (const nonsense of ["", "{", "{}", "null"]) {
    await assert.rejects(legacy.resume!(nonsense, listener()), { code: "job_not_found" });
  }
});

for (const row of refusals()) {
  Deno.test(`hunyuan tells a person what to do about ${row.vendor}`, async () => {
    await using tencent = await startTencent();
    tencent.refuse(row.vendor, { message: "原话", action: "submit" });

    await assert.rejects(providerOf(tencent).generate(asking({}), listener()), {
      code: row.code,
      message: new RegExp(`${row.vendor} "原话"\\. .*${row.says}`),
    });
    assert.equal(tencent.requests.length, 1);
  });
}

Deno.test("hunyuan names the variable of a wrong key id and of a wrong secret", async () => {
  await using tencent = await startTencent();

  await assert.rejects(
    providerOf(tencent, { TENCENT_SECRET_ID: "AKIDmistyped" }).generate(asking({}), listener()),
    { code: "authentication_failed", message: /Check TENCENT_SECRET_ID$/ },
  );
  await assert.rejects(
    providerOf(tencent, { TENCENT_SECRET_KEY: "mistyped" }).generate(asking({}), listener()),
    { code: "authentication_failed", message: /Check that TENCENT_SECRET_KEY/ },
  );
  await assert.rejects(
    providerOf(tencent, { TENCENT_SESSION_TOKEN: "stale" }).generate(asking({}), listener()),
    { code: "authentication_failed", message: /unset TENCENT_SESSION_TOKEN/ },
  );
  assert.equal(tencent.requests.length, 3);
});

Deno.test("hunyuan blames the clock when the computer's time is wrong", async () => {
  await using tencent = await startTencent();
  const tenMinutesLate = { now: () => Date.now() - 600_000 };

  await assert.rejects(
    providerOf(tencent, {}, tenMinutesLate).generate(asking({}), listener()),
    { code: "authentication_failed", message: /Set this computer's clock/ },
  );
});

Deno.test("hunyuan names TENCENT_REGION when the region is wrong", async () => {
  await using tencent = await startTencent();

  await assert.rejects(
    providerOf(tencent, { TENCENT_REGION: "mars" }).generate(asking({}), listener()),
    { code: "invalid_config", message: /TENCENT_REGION/ },
  );
});

Deno.test("hunyuan tries a rate-limited submit again, since nothing happened", async () => {
  await using tencent = await startTencent();
  tencent.misbehave("rate limited", 1);

  const { images } = await providerOf(tencent).generate(asking({}), listener());

  assert.equal(images.length, 1);
  assert.equal(tencent.requests.length, 3);
});

Deno.test("hunyuan does not submit again after a fault in which Tencent may have drawn", async () => {
  for (const fault of ["server error", "nonsense JSON", "dead socket"] as const) {
    await using tencent = await startTencent();
    tencent.misbehave(fault);

    await assert.rejects(providerOf(tencent).generate(asking({}), listener()), ImageError);

    assert.equal(tencent.requests.length, 1, fault);
  }
});

Deno.test("hunyuan asks about a job again after a passing fault", async () => {
  await using tencent = await startTencent();
  tencent.refuse("InternalError", { action: "query", times: 1 });

  const { images } = await providerOf(tencent).generate(asking({}), listener());

  assert.equal(images.length, 1);
});

Deno.test("hunyuan quotes the failed job's own code and words", async () => {
  await using tencent = await startTencent();
  tencent.failNextJob("FailedOperation.ServerError", "服务内部错误。");

  await assert.rejects(providerOf(tencent).generate(asking({}), listener()), {
    code: "generation_failed",
    message: /FailedOperation\.ServerError "服务内部错误。"/,
  });
});

Deno.test("hunyuan tells a picture refused in moderation from a failed job", async () => {
  await using tencent = await startTencent();
  tencent.failNextJob("FailedOperation.GenerateImageFailed", "生成图片审核不通过，请重试。");

  await assert.rejects(providerOf(tencent).generate(asking({}), listener()), {
    code: "content_refused",
    message: /refused the picture in its moderation.+审核不通过/,
  });
});

Deno.test("hunyuan says that money is missing when a job fails for it, and only then", async () => {
  await using tencent = await startTencent();
  tencent.failNextJob("ResourceUnavailable.InArrears", "账号已欠费。");
  tencent.failNextJob("RequestLimitExceeded", "请求的次数超过了频率限制。");
  const provider = providerOf(tencent);

  await assert.rejects(provider.generate(asking({}), listener()), { code: "quota_exceeded" });
  await assert.rejects(provider.generate(asking({}), listener()), { code: "generation_failed" });
});

Deno.test("hunyuan fetches a cut download again, and never sends a key there", async () => {
  await using tencent = await startTencent();
  tencent.misbehave("cut download", 1);

  const { images } = await providerOf(tencent).generate(asking({}), listener());

  assert.deepEqual(images.map(({ bytes }) => bytes), tencent.pictures);
  assert.equal(tencent.downloads.length, 2);
  assert.ok(tencent.downloads.every(({ headers }) => headers.authorization === undefined));
});

Deno.test("hunyuan never shows a key, even one that Tencent sends back", async () => {
  await using tencent = await startTencent({ temporaryKeys: true });
  tencent.misbehave("server error");

  const error = await providerOf(tencent).generate(asking({}), listener()).catch((error) => error);

  assert.ok(error instanceof ImageError);
  assert.match(error.message, /\[hidden\]/);
  const shown = error.message + JSON.stringify(error.details);
  assert.ok(tencent.secrets.every((secret) => !shown.includes(secret)));
});

Deno.test("hunyuan blames the address when something else answers there", async () => {
  await using tencent = await startTencent();
  tencent.misbehave("nonsense JSON");

  await assert.rejects(providerOf(tencent).generate(asking({}), listener()), {
    code: "provider_error",
    message: /HTTP 200 without the JSON of its API.+HUNYUAN_ENDPOINT/,
  });
});

Deno.test("hunyuan's legacy backend sends its own style, negative prompt and count", async () => {
  await using tencent = await startTencent({ backend: "legacy" });
  const provider = providerOf(tencent);

  const { images, model } = await provider.generate(
    asking({
      prompt: "a cat",
      style: "xiangsu",
      negativePrompt: "dogs",
      size: "768x1280",
      count: 4,
    }),
    listener(),
  );

  assert.deepEqual(sentBy(tencent), {
    Prompt: "a cat",
    NegativePrompt: "dogs",
    Style: "xiangsu",
    Resolution: "768:1280",
    Num: 4,
    Revise: 1,
    LogoAdd: 0,
  });
  assert.deepEqual(images.map(({ bytes }) => bytes), tencent.pictures);
  assert.equal(images.length, 4);
  assert.equal(model, "hunyuan-image-1.0");
});

Deno.test("hunyuan's legacy backend keeps the pictures that arrive when one does not", async () => {
  await using tencent = await startTencent({ backend: "legacy" });
  tencent.losePicture(1);
  using _ = shortPauses();

  const { images, warnings } = await providerOf(tencent).generate(
    asking({ count: 3 }),
    listener(),
  );

  assert.deepEqual(
    images.map(({ bytes }) => bytes),
    [tencent.pictures[0], tencent.pictures[2]],
  );
  assert.match(warnings.join(), /no longer keeps it/);
});

Deno.test("hunyuan fails when the only picture cannot be fetched", async () => {
  await using tencent = await startTencent();
  tencent.losePicture(0);
  using _ = shortPauses();

  await assert.rejects(providerOf(tencent).generate(asking({}), listener()), {
    code: "missing_content",
    message: /drew the picture, and no longer keeps it/,
  });
});

Deno.test("hunyuan's capabilities follow the backend", async () => {
  await using tencent = await startTencent();
  const aiart = providerOf(tencent).capabilities();
  const legacy = providerOf(tencent, { HUNYUAN_BACKEND: "legacy" }).capabilities();

  assert.equal(Object.keys(aiart.styles).length, 18);
  assert.ok(Object.values(aiart.styles).every(({ prompt }) => prompt.length > 40));
  assert.deepEqual(Object.keys(legacy.styles), Object.keys(aiart.styles));
  assert.ok(Object.values(legacy.styles).every(({ prompt }) => prompt === ""));
  assert.deepEqual([aiart.maxCount, legacy.maxCount], [1, 4]);
  assert.deepEqual([aiart.negativePrompt, legacy.negativePrompt], ["words", "native"]);
  assert.deepEqual(Object.keys(aiart.sizes.listed).sort(), ORIGINAL_SIZES);
  assert.equal(aiart.sizes.default, "1024:1024");
  assert.ok(aiart.sizes.range && !legacy.sizes.range);
});

Deno.test("hunyuan draws with TokenHub's hy-image-v3, sending just the documented fields", async () => {
  await using hub = await startTokenHub();

  const { images, model, warnings } = await providerOf(hub).generate(
    asking({ prompt: "a cat", size: "1280x720" }),
    listener(),
  );

  assert.deepEqual(images.map(({ bytes }) => bytes), hub.pictures);
  assert.equal(images[0]?.revisedPrompt, "a cat, in fine detail");
  assert.equal(model, "hy-image-v3");
  assert.deepEqual(warnings, []);
  assert.equal(hub.requests[0]?.path, "/v1/wand/hunyuan-image/v3-generation");
  assert.deepEqual(sentBy(hub), {
    model: "hy-image-v3",
    prompt: "a cat",
    size: "1280x720",
    revise: true,
  });
});

Deno.test("hunyuan speaks to TokenHub's hy-image-v3.5-preview in messages, up to 4K", async () => {
  await using hub = await startTokenHub();
  const provider = providerOf(hub, { HUNYUAN_MODEL: "hy-image-v3.5-preview" });

  const { images, model, usage } = await provider.generate(
    asking({ prompt: "a cat", style: "youhua", seed: 7, size: "4096x4096" }),
    listener(),
  );

  assert.deepEqual(images.map(({ bytes }) => bytes), hub.pictures);
  assert.equal(model, "hy-image-v3.5-preview");
  assert.deepEqual(usage, { total_tokens: 20_000 });
  assert.equal(hub.requests[0]?.path, "/v1/wand/hunyuan-image/v35-generation");
  const prompt = `a cat\nStyle: ${provider.capabilities().styles.youhua?.prompt}`;
  assert.deepEqual(sentBy(hub), {
    model: "hy-image-v3.5-preview",
    messages: [{ role: "user", content: [{ type: "text", text: prompt }] }],
    size: "4096x4096",
    seed: 7,
  });
});

Deno.test("hunyuan honours a seed at TokenHub by switching off the rewriting, and says so", async () => {
  await using hub = await startTokenHub();

  const { warnings } = await providerOf(hub).generate(asking({ seed: 7 }), listener());

  const { seed, revise } = sentBy(hub);
  assert.deepEqual({ seed, revise }, { seed: 7, revise: false });
  assert.match(warnings.join(), /as written.+seed/);
});

Deno.test("hunyuan takes TokenHub's address with the /v1 other clients want", async () => {
  await using hub = await startTokenHub();
  const provider = providerOf(hub, { HUNYUAN_TOKENHUB_ENDPOINT: `${hub.url}/v1` });

  const { images } = await provider.generate(asking({}), listener());

  assert.equal(images.length, 1);
});

Deno.test("hunyuan lets a request choose the TokenHub model, known or not", async () => {
  await using hub = await startTokenHub();
  const provider = providerOf(hub);

  await provider.generate(asking({ model: "hy-image-v3.5-preview" }), listener());
  await assert.rejects(provider.generate(asking({ model: "hy-image-v4" }), listener()), {
    code: "model_unavailable",
    message: /does not offer the model 'hy-image-v4' to this key.+set HUNYUAN_MODEL/,
  });

  assert.equal(provider.capabilities("hy-image-v3").sizes.range?.maxPixels, 1024 * 1024);
  assert.equal(provider.capabilities("hy-image-v3.5-preview").sizes.range?.maxSide, 8192);
  assert.equal(provider.capabilities("hy-image-v4").sizes.range?.maxSide, 8192);
});

for (const [fault, code, says] of tokenHubFaults()) {
  Deno.test(`hunyuan tells a person what to do about TokenHub's "${fault}"`, async () => {
    await using hub = await startTokenHub();
    hub.misbehave(fault);

    const error = await providerOf(hub).generate(asking({}), listener()).catch((error) => error);

    assert.ok(error instanceof ImageError);
    assert.equal(error.code, code);
    assert.match(error.message, says);
    assert.ok(!(error.message + JSON.stringify(error.details)).includes(hub.secrets[0] ?? "-"));
    assert.equal(hub.requests.length, 1);
  });
}

Deno.test("hunyuan sees the refusal that TokenHub hides in a good answer", async () => {
  await using hub = await startTokenHub();
  hub.answerNext(200, {
    choices: [{ index: 0, delta: {}, finish_reason: "error" }],
    error: { type: "invalid_request_error", code: "content_filter", message: "input moderation" },
  });

  await assert.rejects(
    providerOf(hub, { HUNYUAN_MODEL: "hy-image-v3.5-preview" }).generate(asking({}), listener()),
    { code: "content_refused", message: /content_filter "input moderation"/ },
  );
});

Deno.test("hunyuan waits as long as TokenHub asks, then tries again", async () => {
  await using hub = await startTokenHub();
  hub.answerNext(429, { error: { code: "429001", message: "slow down" } }, { "retry-after": "1" });
  const start = performance.now();

  const { images } = await providerOf(hub).generate(asking({}), listener());

  assert.equal(images.length, 1);
  assert.ok(performance.now() - start >= 1_000);
});

Deno.test("hunyuan says what TokenHub answered when it holds no picture", async () => {
  await using hub = await startTokenHub();
  hub.answerNext(200, { id: "4-WandImage", data: [] });

  await assert.rejects(providerOf(hub).generate(asking({}), listener()), {
    code: "missing_content",
    message: /answered without a picture.+4-WandImage/,
  });
});

Deno.test("hunyuan stops at once when the call is cancelled while TokenHub draws", async () => {
  await using hub = await startTokenHub({ drawingTime: 60_000 });
  const caller = new AbortController();
  const cancelled = new ImageError("cancelled", "The request was cancelled");
  setTimeout(() => caller.abort(cancelled), 30);

  await assert.rejects(
    providerOf(hub).generate(asking({}), listener({ signal: caller.signal })),
    (error) => error === cancelled,
  );
});

Deno.test("hunyuan says which variables it still needs, per backend", () => {
  const cases: [Record<string, string>, string[]][] = [
    [{}, ["TENCENT_SECRET_ID and TENCENT_SECRET_KEY, or TENCENT_TOKENHUB_API_KEY"]],
    [{ HUNYUAN_BACKEND: "aiart" }, ["TENCENT_SECRET_ID and TENCENT_SECRET_KEY"]],
    [{ TENCENT_SECRET_ID: "id" }, ["TENCENT_SECRET_KEY"]],
    [{ HUNYUAN_BACKEND: "legacy", TENCENT_SECRET_KEY: "key" }, ["TENCENT_SECRET_ID"]],
    [{ HUNYUAN_BACKEND: "tokenhub", ...PAIR }, ["TENCENT_TOKENHUB_API_KEY"]],
  ];

  for (const [environment, missing] of cases) {
    assert.deepEqual(open(environment), { on: false, missing });
  }
});

Deno.test("hunyuan chooses TokenHub where its key is set, and HUNYUAN_BACKEND overrules", () => {
  const both = { ...PAIR, TENCENT_TOKENHUB_API_KEY: "hub" };

  assert.deepEqual(modelsOf(open(both)), ["hy-image-v3", "hy-image-v3.5-preview"]);
  const services = ["ImageToImage", "ImageInpaintingRemoval", "ImageOutpainting"];
  assert.deepEqual(modelsOf(open(PAIR)), ["hunyuan-image-3.0", ...services]);
  assert.equal(modelsOf(open({ ...both, HUNYUAN_BACKEND: "aiart" }))?.[0], "hunyuan-image-3.0");
});

Deno.test("hunyuan warns about settings that work and surprise", () => {
  assert.deepEqual(warningsOf(PAIR), "");
  assert.match(warningsOf({ ...PAIR, HUNYUAN_BACKEND: "legacy" }), /ended .+ 2026-09-30/);
  assert.match(warningsOf({ ...PAIR, TENCENT_TOKENHUB_API_KEY: "hub" }), /HUNYUAN_BACKEND=aiart/);
  assert.match(
    warningsOf({ ...PAIR, HUNYUAN_MODEL: "hy-image-v3" }),
    /HUNYUAN_MODEL has no effect/,
  );
});

function refusals(): { vendor: string; code: string; says: string }[] {
  return [
    { vendor: "AuthFailure.UnauthorizedOperation", code: "authentication_failed", says: "Grant" },
    { vendor: "OperationDenied.TextIllegalDetected", code: "content_refused", says: "other words" },
    {
      vendor: "OperationDenied.ImageIllegalDetected",
      code: "content_refused",
      says: "change the prompt",
    },
    {
      vendor: "InvalidParameterValue.TextLengthExceed",
      code: "invalid_parameters",
      says: "Shorten",
    },
    {
      vendor: "InvalidParameterValue.ParameterValueError",
      code: "invalid_parameters",
      says: "parameter",
    },
    { vendor: "ResourceUnavailable.InArrears", code: "quota_exceeded", says: "Top up" },
    { vendor: "ResourceUnavailable.LowBalance", code: "quota_exceeded", says: "Top up" },
    { vendor: "FailedOperation.ResourcePackExhausted", code: "quota_exceeded", says: "Top up" },
    { vendor: "ResourceUnavailable.NotExist", code: "model_unavailable", says: "Activate" },
    {
      vendor: "FailedOperation.ServiceNotActivated",
      code: "model_unavailable",
      says: "Activate",
    },
    { vendor: "ActionOffline", code: "model_unavailable", says: "HUNYUAN_BACKEND" },
    { vendor: "InternalError", code: "provider_error", says: "Try again" },
    { vendor: "SomethingNew.Unheard", code: "provider_error", says: "Try again" },
  ];
}

function tokenHubFaults(): [Fault, string, RegExp][] {
  return [
    ["wrong key", "authentication_failed", /401002.+Check TENCENT_TOKENHUB_API_KEY/],
    ["refused by moderation", "content_refused", /451001.+other words/],
    ["no quota", "quota_exceeded", /FREE_QUOTA_EXHAUSTED.+top up/],
    ["retired model", "model_unavailable", /400004.+HUNYUAN_MODEL/],
    ["server error", "provider_error", /502001.+before asking again/],
    ["nonsense JSON", "provider_error", /without a picture.+HUNYUAN_TOKENHUB_ENDPOINT/],
    ["dead socket", "network_error", /broke off, and what was asked may have been charged/],
  ];
}

const PAIR = { TENCENT_SECRET_ID: "id", TENCENT_SECRET_KEY: "key" };

const ORIGINAL_SIZES = [
  "1024:1024",
  "1024:512",
  "1024:768",
  "1280:720",
  "512:1024",
  "720:1280",
  "768:1024",
  "768:768",
];

function open(
  environment: Readonly<Record<string, string>>,
  outside: Partial<ProviderDependencies> = {},
): OpenedProvider {
  const problems: Problem[] = [];
  const env = new Map(
    Object.entries(environment).map(([name, value]) => [name, { value, source: "the test" }]),
  );
  const opened = hunyuan.open(env, { fetch, now: Date.now, ...outside }, problems);
  assert.deepEqual(problems, []);
  return opened;
}

function providerOf(
  vendor: FakeVendor,
  more: Readonly<Record<string, string>> = {},
  outside: Partial<ProviderDependencies> = {},
): ImageProvider {
  const opened = open({ ...vendor.environment, ...more }, outside);
  assert.ok(opened.on);
  return opened.provider;
}

function modelsOf(opened: OpenedProvider): readonly string[] {
  assert.ok(opened.on);
  return opened.provider.models;
}

function warningsOf(environment: Readonly<Record<string, string>>): string {
  const opened = open(environment);
  assert.ok(opened.on);
  return opened.warnings.join();
}

function asking(request: Partial<ImageRequest>): ImageRequest {
  return { operation: "generate", prompt: "a cat", inputs: [], count: 1, options: {}, ...request };
}

function listener(context: Partial<CallContext> = {}): CallContext {
  return {
    signal: new AbortController().signal,
    onProgress() {},
    onAccepted() {},
    ...context,
  };
}

/** The parameters of the first request. */
function sentBy(vendor: FakeVendor): Record<string, unknown> {
  const sent = vendor.requests[0]?.json;
  assert.ok(typeof sent === "object" && sent !== null);
  return { ...sent };
}

function actionsOf(vendor: FakeVendor): string[] {
  return vendor.requests.map(({ headers }) => headers["x-tc-action"] ?? "");
}

/** The ticket of a job whose caller left as soon as Tencent had taken it. */
async function abandonedTicket(vendor: FakeVendor, request: ImageRequest): Promise<string> {
  const caller = new AbortController();
  const accepted = Promise.withResolvers<string>();
  const drawing = providerOf(vendor).generate(
    request,
    listener({
      signal: caller.signal,
      onAccepted(ticket) {
        caller.abort(new ImageError("interrupted", "The server stopped"));
        accepted.resolve(ticket);
      },
    }),
  );
  await assert.rejects(drawing, { code: "interrupted" });
  return await accepted.promise;
}
