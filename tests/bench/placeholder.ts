/** How long the placeholder takes to draw, and how long it holds up everything else meanwhile. */

import { openProviders } from "../../src/providers/registry.ts";
import type { Size } from "../../src/providers/provider.ts";
import { median, milliseconds, report } from "./figures.ts";

const ROUNDS = 9;

export async function measurePlaceholder(): Promise<void> {
  await draw("64x64", 0); // loads the font
  for (const [size, goal] of [["1024x1024", "under 500 ms"], ["2048x2048", undefined]] as const) {
    const runs: Drawn[] = [];
    for (let round = 0; round < ROUNDS; round++) runs.push(await draw(size, round));
    const time = median(runs.map((run) => run.time));
    const block = Math.max(...runs.map((run) => run.longestBlock));
    const size_ = median(runs.map((run) => run.bytes)) / 1024;
    report(`placeholder ${size}, ${size_.toFixed(0)} KB`, milliseconds(time), goal);
    report(`placeholder ${size}, longest hold-up`, milliseconds(block), "under 50 ms");
  }
}

interface Drawn {
  readonly time: number;
  readonly longestBlock: number;
  readonly bytes: number;
}

async function draw(size: Size, round: number): Promise<Drawn> {
  const { on } = openProviders(new Map(), { fetch, now: Date.now }, [], {
    enablePlaceholder: true,
  });
  const watch = watchHoldUps();
  const began = performance.now();
  const result = await on.get("placeholder")!.generate(
    {
      operation: "generate",
      prompt: `a lighthouse in storm number ${round}`,
      inputs: [],
      size,
      count: 1,
      options: {},
    },
    { signal: new AbortController().signal, onProgress() {}, onAccepted() {} },
  );
  const time = performance.now() - began;
  return { time, longestBlock: watch.stop(), bytes: result.images[0]!.bytes.length };
}

function watchHoldUps() {
  let last = performance.now();
  let longest = 0;
  const look = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  };
  const timer = setInterval(look, 1);
  return {
    stop() {
      look();
      clearInterval(timer);
      return longest;
    },
  };
}
