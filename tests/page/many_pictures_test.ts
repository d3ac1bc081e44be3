/** The studio page with many pictures, all of them in the records of one server. */

import assert from "node:assert/strict";
import { inBrowser, openPlace, waitUntil, WIDE } from "./place.ts";

const COUNTS = { few: 100, many: 10_000, most: 100_000 };
const MCP_AUTH_TOKEN = Object.keys(COUNTS).map((name) => `${name}=token-of-${name}`).join();

await inBrowser("however many pictures there are", async (t) => {
  await using place = await openPlace({ env: { MCP_AUTH_TOKEN }, pictures: COUNTS });
  const visit = (name: keyof typeof COUNTS) => place.visit(WIDE, { token: `token-of-${name}` });

  await t.step("the first view of 10,000 takes no longer than that of 100", async () => {
    const times = { few: [] as number[], many: [] as number[] };
    for (let round = 0; round < 4; round++) {
      for (const name of ["few", "many"] as const) {
        await using visitor = await visit(name);
        await visitor.page.locator(".cell").first().waitFor();
        const time = await visitor.page.evaluate(
          "performance.getEntriesByName('gallery')[0].startTime",
        );
        if (round > 0) times[name].push(Number(time));
      }
    }
    const [short, long] = [Math.min(...times.few), Math.min(...times.many)];
    assert.ok(long < 2 * short, `${long} ms in place of ${short} ms`);
  });

  await t.step("what the first view shows is asked for once, and nothing beside it", async () => {
    await using visitor = await visit("many");
    const { page } = visitor;
    await waitUntil(page, SHOWN);
    const asked: string[] = [];
    page.on("request", (request) => void asked.push(new URL(request.url()).pathname));
    await page.reload();
    await waitUntil(page, SHOWN);
    const data = asked.filter((path) => /data\/(start|pictures)$/.test(path));
    assert.deepEqual(data.sort(), ["/page/data/pictures", "/page/data/start"]);
    const cells = await page.locator(".cell").count();
    const thumbnails = asked.filter((path) => path.endsWith("/thumbnail"));
    assert.equal(thumbnails.length, cells);
    assert.ok(cells < 60, `${cells} pictures are in the document`);
  });

  await t.step("100,000 scroll with a few of them in the document", async () => {
    await using visitor = await visit("most");
    const { page } = visitor;
    await page.locator(".cell").first().waitFor();
    const last = async () => Number(await page.locator("li").last().getAttribute("aria-posinset"));
    for (let round = 0; round < 200 && await last() <= 1000; round++) {
      await page.evaluate("scrollTo(0, document.documentElement.scrollHeight)");
      await page.waitForTimeout(30);
    }
    await waitUntil(page, "document.querySelectorAll('.cell').length > 10");
    assert.ok(await page.locator("li").count() < 120, "only what is in sight is in the document");
    assert.ok(await last() > 1000, `it came to ${await last()}`);
    await page.locator(".cell .cut", { hasText: /^picture / }).first().waitFor(); // it has no file
  });
});

/** Whether the first view is there with all its pictures, so that nothing more of it is asked for. */
const SHOWN = "document.querySelectorAll('.cell img').length > 20 && " +
  "[...document.querySelectorAll('.cell img')].every((each) => each.complete)";
