/** The same numbers from 0 to 1 for the same seed. */
export function randomNumbers(seed: number): () => number {
  return () => (seed = (seed * 48_271) % 0x7fffffff) / 0x7fffffff;
}
