/** Waiting for what other processes and servers do, never longer than a test should. */

/** Looks until `condition` gives something; fails after `seconds` with what was waited for. */
export async function until<T>(
  what: string,
  condition: () => T | undefined | false | Promise<T | undefined | false>,
  { seconds = 10 }: { readonly seconds?: number } = {},
): Promise<T> {
  const deadline = performance.now() + seconds * 1000;
  while (true) {
    const found = await condition();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`Not within ${seconds} s: ${what}`);
    await pause(10);
  }
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Lets every pause of this process pass a hundred times faster until disposed. */
export function shortPauses(): Disposable {
  const original = globalThis.setTimeout;
  const shortened = (callback: () => void, delay = 0) => original(callback, delay / 100);
  Object.assign(globalThis, { setTimeout: shortened });
  return { [Symbol.dispose]: () => void Object.assign(globalThis, { setTimeout: original }) };
}
