/** What runs for this owner and was not begun on this page, and their batches, looked for now and then. */

import { useEffect, useRef, useState } from "preact/hooks";
import { type Batch, listRunning } from "./batches.ts";
import type { Drawing } from "./drawings.tsx";

export interface Running {
  readonly jobs: readonly Drawing[];
  readonly batches: readonly Batch[];
  /** Looks at once. */
  readonly look: () => void;
  /** Shows a batch no more, also after the page is opened anew. */
  readonly dismiss: (id: string) => void;
}

/** `own` are the jobs of this page; `onPictures` is called when there may be new pictures. */
export function useRunning(own: readonly (string | undefined)[], onPictures: () => void): Running {
  const [jobs, setJobs] = useState<readonly Drawing[]>([]);
  const [batches, setBatches] = useState<readonly Batch[]>([]);
  const [dismissed, setDismissed] = useState<readonly string[]>(readDismissed);
  const known = useRef<{ jobs: readonly string[]; drawn: number; isAnyRunning: boolean }>(NOTHING);
  const latest = useRef({ own, onPictures, look: () => {} });
  latest.current = { ...latest.current, own, onPictures };

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    let isOver = false;
    const look = async () => {
      clearTimeout(timer);
      const found = document.hidden ? undefined : await listRunning().catch(() => undefined);
      if (isOver) return;
      clearTimeout(timer); // another look may have begun meanwhile
      if (found) {
        const others = found.jobs.filter(({ id }) => !latest.current.own.includes(id));
        const ids = others.map(({ id }) => id);
        const drawn = found.batches.reduce((sum, batch) => sum + batch.drawn, 0);
        const hasEnded = known.current.jobs.some((id) => !ids.includes(id));
        if (hasEnded || drawn !== known.current.drawn) latest.current.onPictures();
        const isAnyRunning = ids.length > 0 || found.batches.some(isRunning);
        known.current = { jobs: ids, drawn, isAnyRunning };
        setBatches(found.batches);
        setJobs(others.map(({ id, prompt, message }) => ({
          key: id,
          job: id,
          prompt: prompt || id,
          message,
        })));
      }
      timer = setTimeout(look, known.current.isAnyRunning ? SOON : LATER);
    };
    latest.current.look = () => void look();
    void look();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, []);

  const dismiss = (id: string) => {
    const all = [id, ...dismissed].slice(0, MOST_DISMISSED);
    setDismissed(all);
    localStorage.setItem(DISMISSED, JSON.stringify(all));
  };
  return {
    jobs: jobs.filter(({ job }) => !own.includes(job)),
    batches: batches.filter((batch) => isRunning(batch) || !dismissed.includes(batch.id)),
    look: () => latest.current.look(),
    dismiss,
  };
}

function isRunning({ state }: Batch): boolean {
  return state === "running";
}

function readDismissed(): readonly string[] {
  try {
    const kept = JSON.parse(localStorage.getItem(DISMISSED) ?? "[]");
    return Array.isArray(kept) ? kept : [];
  } catch {
    return [];
  }
}

const NOTHING = { jobs: [], drawn: 0, isAnyRunning: false };
const DISMISSED = "dismissed batches";
const MOST_DISMISSED = 100;
/** Milliseconds between looks: while something runs, and else. */
const SOON = 2000;
const LATER = 10_000;
