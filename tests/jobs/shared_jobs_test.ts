/** The jobs of servers that share a database, which is lost now and then. */

import assert from "node:assert/strict";
import { silentLogger } from "../../src/log.ts";
import { ConnectionRetry } from "../../src/storage/postgres/connection_retry.ts";
import { openPostgresRecords } from "../../src/storage/postgres/postgres_records.ts";
import { caller, handWork, openJobs, planOf, stoppable } from "../support/jobs.ts";
import { POSTGRES, startPostgres } from "../support/postgres.ts";
import { until } from "../support/wait.ts";

Deno.test({
  name: "servers that share a database tell no job that is not recorded there",
  ignore: POSTGRES === undefined,
  async fn(t) {
    await using postgres = await startPostgres();

    /** Two servers, and the records as a third one reads them. */
    async function open() {
      await using stack = new AsyncDisposableStack();
      const url = await postgres.createDatabase();
      const retry = new ConnectionRetry({ limit: 200, pause: 20 });
      const shared = () => openPostgresRecords(url, silentLogger, { retry });
      const one = stack.use(await openJobs(undefined, undefined, shared()));
      const other = stack.use(await openJobs(undefined, undefined, shared()));
      const records = await shared().records();
      stack.defer(() => records.close());
      const opened = stack.move();
      return { one, other, records, [Symbol.asyncDispose]: () => opened.disposeAsync() };
    }

    await t.step("an id is known to every server when it is told", async () => {
      await using servers = await open();
      const work = handWork();
      const { job } = await servers.one.jobs.start(planOf(), caller({ waitSeconds: 0 }), work.work);
      assert.equal((await servers.other.jobs.find(job.id, ""))?.id, job.id);
      work.finish();
      assert.ok((await servers.other.jobs.wait(job.id, caller())).done);
    });

    await t.step(
      "a job that another server has taken over is answered as that one has it",
      async () => {
        await using servers = await open();
        const { one, other, records } = servers;
        const mine = handWork();
        const { job } = await one.jobs.start(planOf(), caller({ waitSeconds: 0 }), stoppable(mine));
        await until("it is at work", () => mine.isBegun);
        const waiting = one.jobs.wait(job.id, caller());
        const [server] = await records.jobs.serversAtWork();
        const takenOver = await records.jobs.find(job.id, "");
        await records.jobs.claim(takenOver!, server!, "the successor");
        await mine.run.persist();
        await records.jobs.save({ ...takenOver!, ...FINISHED }, "the successor");

        const answers = [await waiting, await one.jobs.wait(job.id, caller())];
        answers.push(await other.jobs.wait(job.id, caller()));
        for (const answer of answers) assert.equal(answer.done && answer.outcome.error, undefined);
        assert.deepEqual(answers.map(({ job }) => job.state), ["finished", "finished", "finished"]);
      },
    );

    await t.step("what a server took over without hearing of it is gone on with", async () => {
      await using servers = await open();
      const { one, records } = servers;
      const work = handWork();
      await one.jobs.start(planOf("the first"), caller({ waitSeconds: 0 }), work.work);
      const [server] = await records.jobs.serversAtWork();
      const [first] = await records.jobs.unfinishedOf(server!);
      const lost = { ...first!, id: "job_lost" };
      await records.jobs.save(lost, server!); // as a claim does whose answer was lost

      await one.jobs.recover(() => () => Promise.resolve({ imageIds: ["img_2"], warnings: [] }));
      const waited = await one.jobs.wait("job_lost", caller());
      assert.ok(waited.done);
      assert.deepEqual(waited.outcome.imageIds, ["img_2"]);
      assert.equal((await one.jobs.find(first!.id, ""))?.state, "running");
      work.finish();
    });

    await t.step(
      "a job that ends while the database is away is recorded when it is back",
      async () => {
        await using servers = await open();
        const { one, records } = servers;
        const work = handWork();
        const { job } = await one.jobs.start(planOf(), caller({ waitSeconds: 0 }), work.work);
        await postgres.stop();
        work.finish();
        const waited = await one.jobs.wait(job.id, caller());
        assert.ok(waited.done, "its caller gets the end all the same");
        await postgres.start();
        await until(
          "the others learn of it",
          async () => (await records.jobs.find(job.id, ""))?.state === "finished",
        );
      },
    );

    await t.step("a job that cannot be recorded is refused, and no id is told", async () => {
      await using servers = await open();
      const { one, records } = servers;
      await records.jobs.serversAtWork();
      await postgres.stop();
      const work = handWork("waiting");
      const waited = await one.jobs.start(
        planOf(),
        caller({ waitSeconds: 0 }),
        stoppable(work),
      );
      assert.ok(waited.done);
      assert.equal(waited.outcome.error?.code, "busy");
      assert.equal(waited.outcome.error?.details.retry_after_seconds, 2);
      await postgres.start();
    });
  },
});

const FINISHED = {
  state: "finished",
  message: "Finished",
  outcome: { imageIds: ["img_1"], warnings: [] },
} as const;
