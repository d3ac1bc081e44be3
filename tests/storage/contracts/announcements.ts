/** What every kind of announcements keeps to: who hears what. */

import assert from "node:assert/strict";
import type { Announcements } from "../../../src/storage/announcements.ts";
import { until } from "../../support/wait.ts";

/** Registers the tests of one kind of announcements; `open` gives it as two servers have it. */
export function testAnnouncements(
  kind: string,
  open: () => Promise<AsyncDisposable & { readonly servers: readonly Announcements[] }>,
): void {
  const test = (what: string, work: (one: Announcements, other: Announcements) => Promise<void>) =>
    Deno.test(`${kind}: ${what}`, async () => {
      await using opened = await open();
      const [one, other = one] = opened.servers;
      await work(one!, other!);
    });

  test("who hears a topic hears what anybody tells of it, and nothing else", async (one, other) => {
    const heard = await heardBy(one, "jobs", other);
    await other.tell("turns", "not this");
    await other.tell("jobs", 'two\nlines "and" 猫');
    await one.tell("jobs", "");
    await until("all is heard", () => heard.length === 2);
    assert.deepEqual(heard, ['two\nlines "and" 猫', ""]);
  });

  test("who has stopped listening hears nothing more, and the others do", async (one, other) => {
    const heard = await heardBy(one, "jobs", other);
    const more: string[] = [];
    one.listen("jobs", (text) => more.push(text))[Symbol.dispose]();
    await other.tell("jobs", "last");
    await until("it is heard", () => heard.length === 1);
    assert.deepEqual(more, []);
  });
}

/** What is heard of a topic, from the moment on at which something is. */
export async function heardBy(
  listener: Announcements,
  topic: string,
  teller: Announcements,
): Promise<string[]> {
  const heard: string[] = [];
  listener.listen(topic, (text) => heard.push(text));
  await until("it can be heard", async () => {
    if (heard.length === 0) await teller.tell(topic, "hello").catch(() => {});
    return heard.length > 0;
  });
  let told = 0;
  await until("no greeting is under way", async () => {
    await teller.tell(topic, `end ${++told}`).catch(() => {});
    return heard.some((text) => text.startsWith("end"));
  });
  await until("the last one is heard", () => heard.includes(`end ${told}`));
  heard.length = 0;
  return heard;
}
