import assert from "node:assert/strict";
import { allOrNone, thoseThatCame } from "../../src/providers/together.ts";

const never = new AbortController().signal;

/** Ends when it is told to, and no sooner; says whether it has. */
function slowCall() {
  const seen = { hasEnded: false };
  const call = (signal: AbortSignal) =>
    new Promise<string>((_, reject) => {
      signal.addEventListener("abort", () =>
        queueMicrotask(() => {
          seen.hasEnded = true;
          reject(signal.reason);
        }));
    });
  return { seen, call };
}

Deno.test("calls that belong together give all that they gave, each in its place", async () => {
  const [number, word] = await allOrNone(
    [() => Promise.resolve(1), () => Promise.resolve("two")],
    never,
  );
  assert.equal(number + 1, 2);
  assert.equal(word.length, 3);
  assert.deepEqual(await allOrNone([], never), []);
});

Deno.test("where one call fails, the others have been stopped before that is told", async () => {
  const { seen, call } = slowCall();
  const failed = new Error("one list is missing");
  await assert.rejects(
    allOrNone([call, () => Promise.reject(failed)], never),
    (error) => error === failed,
  );
  assert.ok(seen.hasEnded);
});

Deno.test("calls that belong together end with the caller's reason when the caller goes", async () => {
  const { seen, call } = slowCall();
  const caller = new AbortController();
  const reason = new Error("The caller is gone");
  const calling = allOrNone([call], caller.signal);
  caller.abort(reason);
  await assert.rejects(calling, (error) => error === reason);
  assert.ok(seen.hasEnded);
});

Deno.test("of paid pictures those are kept that came, with a sentence about the others", async () => {
  const lost = Promise.reject(new Error("The second is no longer kept"));
  assert.deepEqual(await thoseThatCame([Promise.resolve(1), lost, Promise.resolve(3)]), {
    images: [1, 3],
    failures: ["The second is no longer kept"],
  });
});

Deno.test("where no paid picture came, the reason of the first is thrown", async () => {
  const first = new Error("The first");
  const fetching = [Promise.reject(first), Promise.reject(new Error("The second"))];
  await assert.rejects(thoseThatCame(fetching), (error) => error === first);
});
