/** Work that the view has the server do, until its pictures are there. */

import { type Answer, type Job, readAnswer } from "./answer.ts";
import type { Host } from "./host.ts";

export interface Watcher {
  /** The job, as it goes on. */
  readonly onJob: (job: Job) => void;
  /** Aborts when the view is taken away; the job goes on without it. */
  readonly signal: AbortSignal;
}

/** Calls a tool that draws. It becomes a job at once, since hosts do not wait long. @throws {HostError} */
export async function draw(
  host: Host,
  tool: string,
  args: Readonly<Record<string, unknown>>,
  watcher: Watcher,
): Promise<Answer> {
  const about = typeof args.prompt === "string" ? args.prompt : "";
  const first = readAnswer(await host.callTool(tool, { ...args, wait_seconds: 0 }), about);
  const [job] = first.jobs;
  if (!job) return first;
  const last = await finish(host, job, watcher, about);
  return {
    ...last,
    notes: [...first.notes.filter((note) => !last.notes.includes(note)), ...last.notes],
  };
}

/** Waits for a job. @throws {HostError} */
export async function finish(
  host: Host,
  job: Job,
  { onJob, signal }: Watcher,
  about = "",
): Promise<Answer> {
  onJob(job);
  while (true) {
    const asked = performance.now();
    const args = { job_id: job.id, wait_seconds: WAIT_SECONDS };
    const answer = readAnswer(await host.callTool("get_job", args), about);
    const [next] = answer.jobs;
    if (!next || signal.aborted) return answer;
    onJob(next);
    const rest = SHORTEST_MS - (performance.now() - asked);
    if (rest > 0) await new Promise((resolve) => setTimeout(resolve, rest));
  }
}

/** Short enough for every host, and long enough to ask seldom. */
const WAIT_SECONDS = 8;
/** Between two questions, should an answer come at once. */
const SHORTEST_MS = 1_000;
