import { useEffect, useState } from "preact/hooks";
import type { Job } from "./answer.ts";
import type { Host } from "./host.ts";

/**
 * The job that a call of the model is, looked for among those that run: hosts keep the progress of a
 * call to themselves, and let resources be read without asking anybody. Undefined where none is found.
 */
export function useJobOfCall(host: Host | undefined, isRunning: boolean, prompt: string) {
  const [job, setJob] = useState<Job>();
  useEffect(() => {
    setJob(undefined);
    if (!isRunning || prompt === "" || !host?.can.readResources) return;
    let isOver = false;
    const look = async () => {
      const [list] = await host.readResource("jobs://list");
      if (isOver) return;
      setJob(jobAbout(prompt, String(list?.text ?? "")));
      timer = setTimeout(lookAgain, PAUSE_MS);
    };
    const lookAgain = () => void look().catch(() => {}); // a host that refuses is not asked again
    let timer = setTimeout(lookAgain, PAUSE_MS);
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [host, isRunning, prompt]);
  return job;
}

/** The newest that runs, by the beginning of its prompt. */
function jobAbout(prompt: string, list: string): Job | undefined {
  const rows: unknown = JSON.parse(list);
  if (!Array.isArray(rows)) return undefined;
  const words = prompt.replaceAll(/\s+/g, " ").slice(0, COMPARED);
  return rows.find(({ prompt = "", next }) => next && String(prompt).startsWith(words));
}

const PAUSE_MS = 2_000;
/** Characters; lists show little more of a prompt. */
const COMPARED = 50;
