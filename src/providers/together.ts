/** Several calls to one vendor beside one another. */

import { messageOf } from "../errors.ts";

/** A call that ends when the signal does. */
type Call<T> = (signal: AbortSignal) => Promise<T>;

/**
 * What calls give that are of use only together, such as lists. Where one fails, the others are
 * stopped and have ended when this rejects: nobody asks on for what is not wanted any more.
 * @throws what failed first.
 */
export async function allOrNone<const Calls extends readonly Call<unknown>[]>(
  calls: Calls,
  signal: AbortSignal,
): Promise<{ [Index in keyof Calls]: Awaited<ReturnType<Calls[Index]>> }> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const running = calls.map(async (call) => {
    try {
      return await call(either);
    } catch (error) {
      failed.abort(error);
      throw error;
    }
  });
  await Promise.allSettled(running);
  failed.signal.throwIfAborted();
  return await Promise.all(running) as {
    [Index in keyof Calls]: Awaited<ReturnType<Calls[Index]>>;
  };
}

/**
 * Paid pictures that are fetched each by itself: those that came, and a sentence about each that
 * did not. @throws what became of the first, where none came.
 */
export async function thoseThatCame<T>(
  fetching: readonly Promise<T>[],
): Promise<{ readonly images: readonly T[]; readonly failures: readonly string[] }> {
  const settled = await Promise.allSettled(fetching);
  const images = settled.flatMap((one) => one.status === "fulfilled" ? [one.value] : []);
  const reasons = settled.flatMap((one) => one.status === "rejected" ? [one.reason] : []);
  if (images.length === 0 && reasons.length > 0) throw reasons[0];
  return { images, failures: reasons.map(messageOf) };
}
