import { useRef, useState } from "preact/hooks";
import type { Answer, Job } from "./answer.ts";
import { draw, finish } from "./drawing.ts";
import type { Host } from "./host.ts";
import { messageOf } from "./shared.ts";

/** What a person has drawn from the view. */
export interface Drawing {
  readonly tool: "generate_image" | "edit_image";
  readonly args: Readonly<Record<string, unknown>>;
  /** The picture that it begins with. */
  readonly from: string;
  /** In words, while it runs. */
  readonly about: string;
  /** What to ask for in its place where a picture cannot be drawn anew, being made of another. */
  readonly otherwise?: Drawing;
}

export interface Running {
  readonly key: number;
  readonly about: string;
  readonly message: string;
  /** Its id, once there is one. */
  readonly job?: string;
}

/** The drawings that run, and sentences for the model about those that are done. */
export function useDrawings(
  host: Host | undefined,
  signal: AbortSignal,
  onAnswer: (answer: Answer) => void,
) {
  const [running, setRunning] = useState<readonly Running[]>([]);
  const [made, setMade] = useState<readonly string[]>([]);
  const lastKey = useRef(0);

  async function run(about: string, work: (onJob: (job: Job) => void) => Promise<Answer>) {
    const key = ++lastKey.current;
    setRunning((before) => [...before, { key, about, message: "" }]);
    const onJob = ({ id, message }: Job) =>
      setRunning((before) =>
        before.map((each) => each.key === key ? { ...each, message, job: id } : each)
      );
    try {
      const answer = await work(onJob);
      if (!signal.aborted) onAnswer(answer);
      return answer;
    } catch (error) {
      const failure = { code: "", message: messageOf(error) };
      onAnswer({ pictures: [], jobs: [], notes: [], error: failure });
    } finally {
      setRunning((before) => before.filter((each) => each.key !== key));
    }
  }

  async function drawIt({ tool, args, from, about, otherwise }: Drawing): Promise<void> {
    const answer = await run(about, async (onJob) => {
      const first = await draw(host!, tool, args, { onJob, signal });
      const isMadeOfOthers = first.error?.code === "invalid_parameters";
      if (!isMadeOfOthers || !otherwise) return first;
      return await draw(host!, otherwise.tool, otherwise.args, { onJob, signal });
    });
    const ids = answer?.pictures.map(({ id }) => id) ?? [];
    if (ids.length === 0) return;
    const sentence = `The user had ${ids.join(", ")} made from ${from}: ${about}`;
    setMade((before) => [...before, sentence].slice(-MOST_TOLD));
  }

  return {
    running,
    made,
    draw: drawIt,
    finish: (job: Job) => run("", (onJob) => finish(host!, job, { onJob, signal })),
    stop: async (job: string) => {
      await host!.callTool("cancel_job", { job_id: job }).catch(() => {}); // its end tells what became of it
    },
  };
}

/** Sentences that the model gets to read. */
const MOST_TOLD = 10;
