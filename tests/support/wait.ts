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
