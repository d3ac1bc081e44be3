/** The jobs of one server, and work that ends when a test says so. */

import assert from "node:assert/strict";
import type { Caller } from "../../src/jobs/caller.ts";
import type { JobRun, Work } from "../../src/jobs/job.ts";
import { Jobs } from "../../src/jobs/jobs.ts";
import { silentLogger } from "../../src/log.ts";
import { parseRequest } from "../../src/requests/parse.ts";
import type { Plan } from "../../src/requests/request.ts";
import { openLocalStorage } from "../../src/storage/local/local_storage.ts";
import type { ProviderCall } from "../../src/storage/records/records.ts";
import type { SharedRecords } from "../../src/storage/storage.ts";
import { temporaryFolder } from "./folder.ts";

export interface JobsServer extends AsyncDisposable {
  readonly jobs: Jobs;
}

/** The jobs of one server on a folder, or on a database that other servers share. */
export async function openJobs(
  folder?: string,
  now?: () => number,
  shared?: SharedRecords,
): Promise<JobsServer> {
  const temporary = folder === undefined ? await temporaryFolder() : undefined;
  const saveDirectory = folder ?? temporary!.path;
  const storage = openLocalStorage({ saveDirectory, shared, log: silentLogger, now });
  const jobs = new Jobs({ storage, log: silentLogger, now });
  return {
    jobs,
    async [Symbol.asyncDispose]() {
      await jobs.close();
      await storage.close();
      await temporary?.[Symbol.asyncDispose]();
    },
  };
}

/** A plan with one attempt, as a request with nothing but a prompt gives it. */
export function planOf(prompt = "a cat"): Plan {
  const request = parseRequest({ prompt });
  const { operation, inputs, count, options } = request;
  return {
    request,
    attempts: [{
      provider: "vendor",
      request: { operation, prompt, inputs, count, options },
      warnings: [],
    }],
  };
}

export function caller(overrides: Partial<Caller> = {}): Caller {
  return { owner: "", key: "test", signal: new AbortController().signal, ...overrides };
}

export interface HandWork {
  readonly work: Work;
  readonly isBegun: boolean;
  /** The run, once the work has begun. */
  readonly run: JobRun;
  finish(): void;
  fail(error: unknown): void;
}

/** Work of one part in `state` that ends when the test says so. */
export function handWork(state: ProviderCall["state"] = "sent"): HandWork {
  const end = Promise.withResolvers<void>();
  end.promise.catch(() => {}); // it may fail before the work comes to wait for it
  let run: JobRun | undefined;
  return {
    get isBegun() {
      return run !== undefined;
    },
    get run() {
      assert.ok(run, "The work has not begun");
      return run;
    },
    async work(begun) {
      run = begun;
      run.calls.push({ provider: "vendor", imageIds: ["img_1"], state });
      run.report("Drawing");
      await run.persist();
      await end.promise;
      return { imageIds: ["img_1"], warnings: [] };
    },
    finish: () => end.resolve(),
    fail: (error) => end.reject(error),
  };
}

/** The same work, ending when its server stops. */
export function stoppable(hand: HandWork): Work {
  return (run) => {
    run.signal.addEventListener("abort", () => hand.fail(run.signal.reason));
    return hand.work(run);
  };
}
