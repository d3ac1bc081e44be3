/** Waiting for a batch with a person in front of the terminal, whose Ctrl-C loses nothing. */

import type { App } from "../../app.ts";
import type { BatchView } from "../../service/batches/batch_view.ts";
import type { CommandContext } from "../context.ts";
import { GivenUp, OWNER, SAME_PRESS } from "../generate/shell.ts";
import { Progress } from "../progress.ts";
import { onStopSignal } from "../serve.ts";

/**
 * The batch at its end. The first Ctrl-C begins nothing more of it and waits for what is being
 * drawn, since that may be charged; another one gives that up.
 * @throws {GivenUp}
 */
export async function followBatch(
  id: string,
  app: App,
  { program, words, ...context }: CommandContext,
  held: DisposableStack,
): Promise<BatchView> {
  const { batches } = app;
  const interruption = new AbortController();
  let firstPress: number | undefined;
  // Until the very end: the second signal of one press may come while things are put away.
  held.use(onStopSignal(() => {
    const now = performance.now();
    if (firstPress === undefined) {
      firstPress = now;
      void halt();
    } else if (now - firstPress > SAME_PRESS) {
      const again = `${program()} batch ${words[0]}`;
      const message =
        `Given up. What was being drawn may be charged all the same. To go on: ${again}`;
      interruption.abort(new GivenUp(message, id));
    }
  }));
  using progress = new Progress(context);
  return await batches.wait(id, {
    owner: OWNER,
    key: OWNER,
    signal: interruption.signal,
    onProgress: () => void show(progress),
  });

  async function show(progress: Progress): Promise<void> {
    const { counts, items } = await batches.view(id, OWNER);
    const { failed, drawn, cancelled } = counts;
    progress.count({ done: drawn + failed + cancelled, total: items.length });
    progress.tell(failed > 0 ? `${failed} failed` : "Drawing");
  }

  /** What waits for its turn at a vendor is let go; what a vendor has is waited for. */
  async function halt(): Promise<void> {
    const { jobs } = app.imageService;
    batches.halt(id);
    const { items } = await batches.view(id, OWNER);
    let atVendors = 0;
    for (const { state, jobId } of items) {
      if (state !== "running" || jobId === null) continue;
      const job = await jobs.find(jobId, OWNER);
      if (job?.state === "queued") await jobs.cancel(jobId, OWNER);
      else if (job) atVendors++;
    }
    if (atVendors === 0) return;
    const pictures = atVendors === 1 ? "A picture is" : `${atVendors} pictures are`;
    context.say(
      `\n${pictures} being drawn and may be charged, so this waits for them; Ctrl-C again gives ` +
        "them up.",
    );
  }
}
