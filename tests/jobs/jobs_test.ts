import assert from "node:assert/strict";
import { ImageError } from "../../src/errors.ts";
import type { Work } from "../../src/jobs/job.ts";
import { silentLogger } from "../../src/log.ts";
import { parseRequest } from "../../src/requests/parse.ts";
import { openLocalStorage } from "../../src/storage/local/local_storage.ts";
import { temporaryFolder } from "../support/folder.ts";
import { caller, handWork, openJobs, planOf, stoppable } from "../support/jobs.ts";
import { pause, until } from "../support/wait.ts";

const REQUEST = { prompt: "a cat" };

Deno.test("a caller waits for the end and is told every step", async () => {
  await using server = await openJobs();
  const steps: string[] = [];
  const waited = await server.jobs.start(
    planOf(),
    caller({ onProgress: (step) => steps.push(step) }),
    async (run) => {
      run.report("Drawing");
      await run.persist();
      return { imageIds: ["img_1"], warnings: ["as a warning"] };
    },
  );
  assert.ok(waited.done);
  assert.deepEqual(waited.outcome, { imageIds: ["img_1"], warnings: ["as a warning"] });
  assert.deepEqual(steps, ["Drawing"]);
});

Deno.test("a caller that waits no longer gets the job, and later the same end", async () => {
  await using server = await openJobs();
  const work = handWork();
  const first = await server.jobs.start(planOf(), caller({ waitSeconds: 0.01 }), work.work);
  assert.ok(!first.done);
  assert.equal(first.job.state, "running");

  work.finish();
  const second = await server.jobs.wait(first.job.id, caller());
  assert.ok(second.done);
  assert.deepEqual(second.outcome.imageIds, ["img_1"]);
});

Deno.test("an ended job tells its end again, also to a later server", async () => {
  await using folder = await temporaryFolder();
  const before = await openJobs(folder.path);
  const failing: Work = async (run) => {
    await run.persist();
    throw new ImageError("content_refused", "No", { word: "cat" });
  };
  const { job } = await before.jobs.start(planOf(), caller(), failing);
  await before[Symbol.asyncDispose]();

  await using after = await openJobs(folder.path);
  const waited = await after.jobs.wait(job.id, caller());
  assert.ok(waited.done);
  assert.deepEqual(waited.outcome.error, {
    code: "content_refused",
    message: "No",
    details: { word: "cat" },
  });
});

Deno.test("what a vendor has runs on when its caller goes away", async () => {
  await using server = await openJobs();
  const work = handWork();
  const leaving = new AbortController();
  const call = server.jobs.start(planOf(), caller({ signal: leaving.signal }), work.work);
  leaving.abort(new Error("gone"));
  await assert.rejects(call, /gone/);

  assert.equal(work.run.allCallersGone.aborted, false);
  work.finish();
  assert.equal(await server.jobs.drain(1), true);
  const [job] = await server.jobs.list("");
  assert.equal(job?.state, "finished");
});

Deno.test("what no vendor has is dropped when its caller goes away", async () => {
  await using server = await openJobs();
  const work = handWork("waiting");
  const leaving = new AbortController();
  const call = server.jobs.start(planOf(), caller({ signal: leaving.signal }), work.work);
  leaving.abort(new Error("gone"));
  await assert.rejects(call, /gone/);
  assert.equal(work.run.allCallersGone.aborted, true);
  work.fail(work.run.allCallersGone.reason);
});

Deno.test("a broken stream drops what no vendor has, and the call still gets its answer", async () => {
  await using server = await openJobs();
  const work = handWork("waiting");
  const breaking = new AbortController();
  const call = server.jobs.start(
    planOf(),
    caller({ disconnected: breaking.signal }),
    work.work,
  );
  breaking.abort();
  assert.equal(work.run.allCallersGone.aborted, true);
  work.fail(work.run.allCallersGone.reason);
  const waited = await call;
  assert.ok(waited.done);
  assert.match(waited.outcome.error?.message ?? "", /nothing was charged/);
});

Deno.test("a waiting job whose id was told stays when its caller goes away", async () => {
  await using server = await openJobs();
  const work = handWork("waiting");
  const { job } = await server.jobs.start(
    planOf(),
    caller({ waitSeconds: 0.01 }),
    work.work,
  );
  const leaving = new AbortController();
  const waiting = server.jobs.wait(job.id, caller({ signal: leaving.signal }));
  leaving.abort(new Error("gone"));
  await assert.rejects(waiting, /gone/);
  assert.equal(work.run.allCallersGone.aborted, false);
  work.finish();
});

Deno.test("only a job that runs for nobody can be taken over, and only by the same request", async () => {
  await using server = await openJobs();
  const work = handWork();
  const leaving = new AbortController();
  const call = server.jobs.start(planOf(), caller({ signal: leaving.signal }), work.work);
  assert.equal(
    await server.jobs.adopt(parseRequest(REQUEST), caller()),
    undefined,
    "its caller still waits",
  );
  leaving.abort(new Error("gone"));
  await assert.rejects(call);
  assert.equal(await server.jobs.adopt(parseRequest({ prompt: "a dog" }), caller()), undefined);
  assert.equal(await server.jobs.adopt(parseRequest({ ...REQUEST, seed: 1 }), caller()), undefined);
  assert.equal(
    await server.jobs.adopt(parseRequest(REQUEST), caller({ owner: "somebody else" })),
    undefined,
  );

  const adopted = server.jobs.adopt(parseRequest({ ...REQUEST, style: "" }), caller());
  assert.equal(
    await server.jobs.adopt(parseRequest(REQUEST), caller()),
    undefined,
    "it has a caller again",
  );
  work.finish();
  assert.ok((await adopted)?.done);
  assert.equal(await server.jobs.adopt(parseRequest(REQUEST), caller()), undefined, "it has ended");
});

Deno.test("a job answered with its id can be taken over by the same request", async () => {
  await using server = await openJobs();
  const work = handWork();
  await server.jobs.start(planOf(), caller({ waitSeconds: 0.01 }), work.work);
  const adopted = server.jobs.adopt(parseRequest(REQUEST), caller());
  work.finish();
  assert.ok((await adopted)?.done);
});

Deno.test("the same request sent again finds its job, running or ended", async () => {
  await using server = await openJobs();
  const work = handWork();
  const first = caller({ requestKey: "session 1" });
  const call = server.jobs.start(planOf(), first, work.work);
  assert.equal(
    await server.jobs.again(parseRequest(REQUEST), caller({ requestKey: "session 2" })),
    undefined,
  );
  assert.equal(await server.jobs.again(parseRequest({ prompt: "a dog" }), first), undefined);
  assert.equal(await server.jobs.again(parseRequest(REQUEST), caller()), undefined);

  const again = server.jobs.again(parseRequest(REQUEST), first);
  work.finish();
  const { job } = await call;
  assert.equal((await again)?.job.id, job.id);
  assert.equal((await server.jobs.again(parseRequest(REQUEST), first))?.job.id, job.id);
});

Deno.test("the same request sent again begins anew when its job was dropped", async () => {
  await using server = await openJobs();
  const work = handWork("waiting");
  const breaking = new AbortController();
  const first = caller({ requestKey: "session 1", disconnected: breaking.signal });
  const call = server.jobs.start(planOf(), first, work.work);
  breaking.abort();
  assert.equal(
    await server.jobs.again(parseRequest(REQUEST), caller({ requestKey: "session 1" })),
    undefined,
  );
  work.fail(work.run.allCallersGone.reason);
  await call;
  assert.equal(
    await server.jobs.again(parseRequest(REQUEST), caller({ requestKey: "session 1" })),
    undefined,
  );
});

Deno.test("a cancel aborts the work and tells how far it was", async () => {
  for (const [state, mayBeCharged, before] of CANCELS) {
    await using server = await openJobs();
    const work = handWork(state);
    const call = server.jobs.start(planOf(), caller(), work.work);
    work.run.signal.addEventListener("abort", () => work.fail(work.run.signal.reason));
    const [job] = await server.jobs.list("");
    const cancellation = await server.jobs.cancel(job!.id, "");
    assert.equal(cancellation.before.state, before, state);
    assert.equal(cancellation.after.state, "cancelled", state);
    assert.equal(cancellation.mayCharge.length > 0, mayBeCharged, state);
    const waited = await call;
    assert.equal(waited.done && waited.outcome.error?.code, "cancelled");
  }
});

const CANCELS = [
  ["waiting", false, "queued"],
  ["sent", true, "running"],
  ["accepted", true, "accepted"],
] as const;

Deno.test("a cancel after the end changes nothing", async () => {
  await using server = await openJobs();
  const work = handWork();
  const call = server.jobs.start(planOf(), caller(), work.work);
  work.finish();
  const { job } = await call;
  const { before, after } = await server.jobs.cancel(job.id, "");
  assert.deepEqual([before.state, after.state], ["finished", "finished"]);
});

Deno.test("nobody sees, awaits or cancels the jobs of another owner", async () => {
  await using server = await openJobs();
  const work = handWork();
  const mine = caller({ owner: "me", waitSeconds: 0.01 });
  const { job } = await server.jobs.start(planOf(), mine, work.work);
  const isUnknown = { code: "job_not_found" };
  const other = caller({ owner: "you", waitSeconds: 0.01 });
  await assert.rejects(server.jobs.wait(job.id, other), isUnknown);
  await assert.rejects(server.jobs.cancel(job.id, "you"), isUnknown);
  assert.deepEqual(await server.jobs.list("you"), []);
  work.finish();
  await server.jobs.drain(1);
  await assert.rejects(server.jobs.wait("job_none", mine), isUnknown);
});

Deno.test("a request that was turned away is no job", async () => {
  await using server = await openJobs();
  const turnedAway: Work = () => Promise.reject(new ImageError("busy", "Later"));
  const waited = await server.jobs.start(planOf(), caller(), turnedAway);
  assert.equal(waited.done && waited.outcome.error?.code, "busy");
  assert.deepEqual(await server.jobs.list(""), []);
});

Deno.test("a bug in the work ends the job with an internal error", async () => {
  await using server = await openJobs();
  const buggy: Work = () => Promise.reject(new TypeError("x is not a function"));
  const waited = await server.jobs.start(planOf(), caller(), buggy);
  assert.equal(waited.done && waited.outcome.error?.code, "internal_error");
});

Deno.test("the newest jobs come first, whichever server runs them", async () => {
  let time = 1_000;
  await using folder = await temporaryFolder();
  await using one = await openJobs(folder.path, () => time);
  await using other = await openJobs(folder.path, () => time);
  const works = [handWork(), handWork(), handWork()];
  for (const [index, { jobs }] of [one, other, one].entries()) {
    time += 1_000;
    const impatient = caller({ waitSeconds: 0.01 });
    await jobs.start(planOf(`${index}`), impatient, works[index]!.work);
  }
  const listed = await until("all are recorded", async () => {
    const jobs = await other.jobs.list("");
    return jobs.length === works.length && jobs;
  });
  assert.deepEqual(listed.map(({ startedAt }) => startedAt), [4_000, 3_000, 2_000]);
  for (const work of works) work.finish();
  await Promise.all([one.jobs.drain(1), other.jobs.drain(1)]);
});

Deno.test("a job of another server can be awaited and cancelled through the records", async () => {
  await using folder = await temporaryFolder();
  await using one = await openJobs(folder.path);
  await using other = await openJobs(folder.path);
  const works = [handWork(), handWork()];
  const ids = [];
  for (const { work } of works) {
    const { job } = await one.jobs.start(planOf(), caller({ waitSeconds: 0.01 }), work);
    ids.push(job.id);
  }
  const steps: string[] = [];
  const awaited = other.jobs.wait(ids[0]!, caller({ onProgress: (step) => steps.push(step) }));
  await until("the other server has looked", () => steps.includes("Drawing"));
  works[0]!.finish();
  assert.ok((await awaited).done);

  const { run, fail } = works[1]!;
  run.signal.addEventListener("abort", () => fail(run.signal.reason));
  const { after } = await other.jobs.cancel(ids[1]!, "");
  assert.equal(after.state, "cancelled");
});

Deno.test("jobs of a server that stopped are recovered, those of a living one are not", async () => {
  await using folder = await temporaryFolder();
  const dead = await openJobs(folder.path);
  await using living = await openJobs(folder.path);
  const works = [handWork(), handWork()];
  const impatient = caller({ waitSeconds: 0.01 });
  const { job } = await dead.jobs.start(planOf(), impatient, stoppable(works[0]!));
  await living.jobs.start(planOf("a dog"), impatient, works[1]!.work);
  await dead[Symbol.asyncDispose]();

  await using successor = await openJobs(folder.path);
  const offered: string[] = [];
  const finish: Work = () => Promise.resolve({ imageIds: ["img_2"], warnings: [] });
  await successor.jobs.recover(({ id }) => {
    offered.push(id);
    return finish;
  });
  assert.deepEqual(offered, [job.id]);
  const waited = await successor.jobs.wait(job.id, caller());
  assert.deepEqual(waited.done && waited.outcome.imageIds, ["img_2"]);
  works[1]!.finish();
  await living.jobs.drain(1);
});

Deno.test("a job that cannot go on here says why, and goes on once it can", async () => {
  await using folder = await temporaryFolder();
  const dead = await openJobs(folder.path);
  const work = stoppable(handWork());
  const { job } = await dead.jobs.start(planOf(), caller({ waitSeconds: 0.01 }), work);
  await dead[Symbol.asyncDispose]();

  await using successor = await openJobs(folder.path);
  await successor.jobs.recover(() => new ImageError("provider_unavailable", "Set its key"));
  await assert.rejects(successor.jobs.wait(job.id, caller()), /Set its key/);
  await successor.jobs.recover(() => () => Promise.resolve({ imageIds: ["img_2"], warnings: [] }));
  assert.ok((await successor.jobs.wait(job.id, caller())).done);
});

Deno.test("a job that cannot go on here is waited for where another server goes on with it", async () => {
  await using folder = await temporaryFolder();
  const dead = await openJobs(folder.path);
  const left = stoppable(handWork());
  const { job } = await dead.jobs.start(planOf(), caller({ waitSeconds: 0.01 }), left);
  await dead[Symbol.asyncDispose]();

  await using without = await openJobs(folder.path);
  await without.jobs.recover(() => new ImageError("provider_unavailable", "Set its key"));
  await using other = await openJobs(folder.path);
  const continued = handWork();
  await other.jobs.recover(() => continued.work);
  await until("it goes on", () => continued.isBegun);
  const waiting = without.jobs.wait(job.id, caller());
  continued.finish();
  assert.ok((await waiting).done);
});

Deno.test("a job that was cancelled after its server died is not taken up again", async () => {
  await using folder = await temporaryFolder();
  const dead = await openJobs(folder.path);
  const work = stoppable(handWork("accepted"));
  const { job } = await dead.jobs.start(planOf(), caller({ waitSeconds: 0.01 }), work);
  await dead[Symbol.asyncDispose]();

  await using successor = await openJobs(folder.path);
  const cancelling = successor.jobs.cancel(job.id, "");
  await pause(50);
  await successor.jobs.recover(() => () => Promise.reject(new Error("The work was begun")));
  const { after, mayCharge } = await cancelling;
  assert.deepEqual([after.state, mayCharge.length > 0], ["cancelled", true]);
});

Deno.test("a folder without records is left as it is", async () => {
  await using folder = await temporaryFolder();
  await using server = await openJobs(`${folder.path}/pictures`);
  await server.jobs.recover(() => () => Promise.reject(new Error("There is no job")));
  assert.deepEqual([...Deno.readDirSync(folder.path)], []);
});

Deno.test("a week after their end jobs are forgotten", async () => {
  let time = Date.now();
  await using folder = await temporaryFolder();
  const before = await openJobs(folder.path, () => time);
  const work = handWork();
  const call = before.jobs.start(planOf(), caller(), work.work);
  work.finish();
  await call;
  await before[Symbol.asyncDispose]();

  time += 8 * 86_400_000;
  await using after = await openJobs(folder.path, () => time);
  await after.jobs.recover(() => () => Promise.reject(new Error("There is no job")));
  assert.deepEqual(await after.jobs.list(""), []);
});

Deno.test("an ended job is known from its record alone", async () => {
  await using folder = await temporaryFolder();
  await using server = await openJobs(folder.path);
  const storage = openLocalStorage({ saveDirectory: folder.path, log: silentLogger });
  const requester = caller({ requestKey: "session 1" });
  const work = handWork();
  const call = server.jobs.start(planOf(), requester, work.work);
  await until("it runs", () => work.isBegun);
  work.finish();
  const { job } = await call;
  assert.deepEqual(await server.jobs.find(job.id, ""), job);
  assert.deepEqual(await server.jobs.again(parseRequest(REQUEST), requester), await call);

  await (await storage.records()).jobs.forgetBefore(Infinity);
  assert.equal(await server.jobs.find(job.id, ""), undefined);
  assert.equal(await server.jobs.again(parseRequest(REQUEST), requester), undefined);
  await storage.close();
});

Deno.test("jobs go on while nothing can be written down", async () => {
  await using folder = await temporaryFolder();
  const file = `${folder.path}/file`;
  await Deno.writeTextFile(file, "");
  await using server = await openJobs(file);
  const work = handWork();
  const { job } = await server.jobs.start(planOf(), caller({ waitSeconds: 0.01 }), work.work);
  work.finish();
  assert.ok((await server.jobs.wait(job.id, caller())).done);
  assert.equal((await server.jobs.list("")).length, 1);
});
