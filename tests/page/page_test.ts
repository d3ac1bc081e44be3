/** The studio page in a real browser; left out where there is none. */

import assert from "node:assert/strict";
import axe from "npm:axe-core@4.14.1";
import type { BrowserContextOptions, Page } from "playwright-core";
import { fillRecords } from "../bench/many_records.ts";
import { drawPlainPng } from "../fakes/pictures.ts";
import { browserPath, openBrowser } from "../support/browser.ts";
import { temporaryFolder } from "../support/folder.ts";
import { startHttpServer } from "../support/process.ts";

const WIDE: BrowserContextOptions = { viewport: { width: 1200, height: 900 } };
const PHONE: BrowserContextOptions = {
  viewport: { width: 390, height: 780 },
  isMobile: true,
  hasTouch: true,
};
const EVIL =
  `<img src=x onerror="document.title='hacked'"><script>document.title='hacked'</script>`;

const inBrowser = async (name: string, fn: (t: Deno.TestContext) => Promise<void>) =>
  Deno.test({
    name,
    ignore: !await browserPath(),
    // The browser's pipes end when its process does, which nobody is told of.
    sanitizeOps: false,
    sanitizeResources: false,
    fn,
  });

await inBrowser("a person draws, looks, edits and compares on the page", async (t) => {
  await using place = await openPlace();

  await t.step("a picture is drawn, and opens with what it was made of", async () => {
    await using visit = await place.visit(WIDE);
    const { page } = visit;
    await visit.generate("a cat in a garden");
    await page.getByRole("button", { name: "a cat in a garden", exact: true }).click();
    const dialog = page.getByRole("dialog", { name: "a cat in a garden" });
    await dialog.getByText("placeholder · placeholder").waitFor();
    await visit.hasNoFaults();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
  });

  await t.step("again makes another, variation fills the form", async () => {
    await using visit = await place.visit(WIDE);
    const { page } = visit;
    await page.getByRole("button", { name: "a cat in a garden", exact: true }).click();
    await page.getByRole("button", { name: "Again" }).click();
    const cats = page.getByRole("button", { name: "a cat in a garden", exact: true });
    await cats.nth(1).waitFor();
    await cats.first().click();
    await page.getByRole("button", { name: "Variation" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    assert.equal(await page.locator("#prompt").inputValue(), "a cat in a garden");
  });

  await t.step("search finds the pictures whose prompts have the words", async () => {
    await using visit = await place.visit(WIDE);
    const { page } = visit;
    await visit.generate("a boat at sunset");
    await page.getByRole("searchbox").fill("boat");
    await page.getByRole("button", { name: "a cat in a garden" }).first()
      .waitFor({ state: "detached" });
    assert.equal(await page.locator(".cell").count(), 1);
    await page.getByRole("searchbox").fill("zebra");
    await page.getByText("No picture has these words").waitFor();
  });

  await t.step("a part is painted over and changed, and the rest is as it was", async () => {
    await using visit = await place.visit(WIDE);
    const { page } = visit;
    await page.getByRole("button", { name: "a boat at sunset", exact: true }).click();
    await page.getByRole("button", { name: "Edit a part" }).click();
    const canvas = page.locator("canvas");
    await waitUntil(page, "document.querySelector('canvas').width === 1024");
    const box = (await canvas.boundingBox())!;
    await page.mouse.move(box.x + box.width * 0.4, box.y + box.height * 0.4);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.6, box.y + box.height * 0.5, { steps: 4 });
    await page.mouse.up();
    await page.getByText("A part is marked").waitFor();
    await visit.hasNoFaults();
    await page.getByLabel("What should be there?").fill("a red balloon");
    await page.getByRole("button", { name: "Edit", exact: true }).click();
    await page.getByRole("button", { name: "a red balloon", exact: true }).waitFor();
    const [edited, before] = await Promise.all(
      ["a red balloon", "a boat at sunset"].map((prompt) => place.pixels(page, prompt)),
    );
    assert.deepEqual(edited!.corner, before!.corner);
    assert.notDeepEqual(edited!.middle, before!.middle);
  });

  await t.step("two pictures stand beside each other", async () => {
    await using visit = await place.visit(WIDE);
    const { page } = visit;
    await page.getByLabel("Select: a boat at sunset").check();
    await page.getByLabel("Select: a red balloon").check();
    await page.getByRole("button", { name: "Compare" }).click();
    await page.getByRole("dialog", { name: "Compare" }).waitFor();
    assert.equal(await page.locator(".compare img").count(), 2);
    await visit.hasNoFaults();
  });

  await t.step("a picture gets a title, tags and a star, and is found by them", async () => {
    await using visit = await place.visit(WIDE);
    const { page } = visit;
    await page.getByRole("button", { name: "a boat at sunset", exact: true }).click();
    await page.getByRole("textbox", { name: "Title" }).fill("For the cover");
    await page.getByRole("textbox", { name: "Tags, with commas" }).fill("holiday, sea");
    await page.getByRole("button", { name: "Keep" }).click();
    await page.getByRole("button", { name: "☆ Favourite" }).click();
    await page.getByRole("button", { name: "★ Favourite" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("searchbox").fill("holiday");
    await waitUntil(page, "document.querySelectorAll('.cell').length === 1");
    await page.getByRole("searchbox").fill("");
    await page.getByLabel("Which pictures").selectOption("Favourites");
    await waitUntil(page, "document.querySelectorAll('.cell').length === 1");
  });

  await t.step("what goes into the trash is gone, and comes back", async () => {
    await using visit = await place.visit(WIDE);
    const { page } = visit;
    const balloon = page.getByRole("button", { name: "a red balloon", exact: true });
    await balloon.click();
    await page.getByRole("button", { name: "Move to trash" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await balloon.waitFor({ state: "detached" });
    await page.getByLabel("Which pictures").selectOption("Trash");
    await page.getByLabel("Select: a red balloon").check();
    await visit.hasNoFaults();
    await page.getByRole("button", { name: "Restore" }).click();
    await page.getByText("The trash is empty").waitFor();
    await page.getByLabel("Which pictures").selectOption("All");
    await balloon.waitFor();
  });

  await t.step("a cropped copy is made and shown", async () => {
    await using visit = await place.visit(WIDE);
    const { page } = visit;
    await page.getByRole("button", { name: "a boat at sunset", exact: true }).click();
    await page.getByText("Crop and export").click();
    await page.getByLabel("Shape").selectOption("16:9");
    await page.getByLabel("Format").selectOption("webp");
    await page.getByRole("button", { name: "Make a copy" }).click();
    await page.getByText("1024 × 576").waitFor();
    await page.getByText("image/webp").waitFor();
  });

  await t.step("a dropped picture is worked from; its name runs nothing", async () => {
    await using visit = await place.visit(WIDE);
    const { page } = visit;
    await visit.drop(drawPlainPng(64, 48, "reference"), EVIL);
    await page.getByRole("img", { name: "onerror" }).waitFor();
    await visit.generate(EVIL);
    assert.equal(await page.title(), "mcp-image-server");
    assert.equal(await page.locator("img[src=x]").count(), 0);
    assert.deepEqual(visit.problems, []);
  });

  await t.step("the keyboard alone draws, opens and closes", async () => {
    await using visit = await place.visit(WIDE);
    const { page } = visit;
    await visit.tabTo("#prompt");
    await page.keyboard.type("a house on a hill");
    await page.keyboard.press("Control+Enter");
    await page.getByRole("button", { name: "a house on a hill", exact: true }).waitFor();
    await visit.tabTo(".cell");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: "a house on a hill" }).waitFor();
    await page.keyboard.press("ArrowRight");
    await page.getByRole("dialog", { name: "onerror" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
  });

  await t.step("on a phone, in Chinese and in the dark, nothing is cut off", async () => {
    await using visit = await place.visit({ ...PHONE, locale: "zh-CN", colorScheme: "dark" });
    const { page } = visit;
    await page.getByText("想要什么样的图片？").waitFor();
    await page.locator(".cell").first().waitFor();
    assert.equal(await page.evaluate("document.documentElement.scrollWidth"), 390);
    await visit.hasNoFaults();
    await page.locator(".cell").first().tap();
    await page.locator("dl").waitFor();
    assert.equal(await page.evaluate("document.documentElement.scrollWidth"), 390);
    await visit.hasNoFaults();
  });

  await t.step("a lost connection comes back, and nothing is drawn twice", async () => {
    await using visit = await place.visit(WIDE);
    const { page } = visit;
    let losses = 0;
    await page.route("**/page/data/pictures", async (route) => {
      if (route.request().method() !== "POST" || losses++ > 0) return await route.continue();
      // The server has the request, and its answer never comes.
      await route.fetch();
      await route.abort("connectionreset");
    });
    await visit.generate("a bridge in the fog");
    assert.equal(losses, 2);
    await page.getByRole("searchbox").fill("bridge");
    await waitUntil(page, "document.querySelectorAll('.cell').length === 1");
  });
});

await inBrowser("100,000 pictures scroll with a few of them in the document", async () => {
  await using place = await openPlace({ pictures: 100_000 });
  await using visit = await place.visit(WIDE);
  const { page } = visit;
  await page.locator(".cell").first().waitFor();
  for (let round = 0; round < 40; round++) {
    await page.evaluate("scrollTo(0, document.documentElement.scrollHeight)");
    await page.waitForTimeout(30);
  }
  await waitUntil(page, "document.querySelectorAll('.cell').length > 10");
  assert.ok(await page.locator("li").count() < 120, "only what is in sight is in the document");
  const last = await page.locator("li").last().getAttribute("aria-posinset");
  assert.ok(Number(last) > 1000, `it came to ${last}`);
});

await inBrowser("the first view of 10,000 pictures takes no longer than that of 100", async () => {
  await using few = await openPlace({ pictures: 100 });
  await using many = await openPlace({ pictures: 10_000 });
  const times: [number[], number[]] = [[], []];
  for (let round = 0; round < 6; round++) {
    for (const [index, place] of [few, many].entries()) {
      await using visit = await place.visit(WIDE);
      await visit.page.locator(".cell").first().waitFor();
      const time = await visit.page.evaluate(
        "performance.getEntriesByName('gallery')[0].startTime",
      );
      if (round > 0) times[index]!.push(Number(time));
    }
  }
  const [short, long] = times.map((each) => each.sort((one, other) => one - other)[0]!);
  assert.ok(long! < 2 * short!, `${long} ms in place of ${short} ms`);
});

await inBrowser("who has the token signs in once; others see nothing", async () => {
  await using place = await openPlace({
    env: { MCP_AUTH_TOKEN: "ann=secret-of-ann,bob=secret-of-bob" },
  });
  await using visit = await place.visit(WIDE);
  const { page } = visit;
  await page.getByLabel("The server's token").fill("wrong");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("The token is not one of this server's").waitFor();
  await visit.hasNoFaults();
  await page.getByLabel("The server's token").fill("secret-of-ann");
  await page.getByRole("button", { name: "Sign in" }).click();
  await visit.generate("a secret garden");
  const [cookie] = await page.context().cookies();
  assert.equal(cookie?.httpOnly, true);
  assert.equal(cookie?.sameSite, "Strict");
  assert.ok(!cookie.value.includes("secret"));
  await page.reload();
  await page.getByRole("button", { name: "a secret garden", exact: true }).waitFor();

  await using other = await place.visit(WIDE);
  await other.page.getByLabel("The server's token").fill("secret-of-bob");
  await other.page.getByRole("button", { name: "Sign in" }).click();
  await other.page.getByText("No pictures yet").waitFor();

  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByLabel("The server's token").waitFor();
});

/** A server over HTTP and a browser. */
async function openPlace({ env = {}, pictures = 0 }: {
  readonly env?: Record<string, string>;
  /** How many are recorded before. */
  readonly pictures?: number;
} = {}) {
  const stack = new AsyncDisposableStack();
  const { path } = stack.use(await temporaryFolder());
  if (pictures > 0) {
    const records = `${path}/generated_images/.mcp-image-server`;
    await Deno.mkdir(records, { recursive: true });
    await fillRecords(records, pictures);
  }
  const server = stack.use(await startHttpServer({ folder: path, env }));
  const browser = await openBrowser();
  stack.defer(() => browser.close());
  return {
    server,
    async visit(options: BrowserContextOptions) {
      const context = await browser.newContext({ locale: "en-GB", ...options });
      const page = await context.newPage();
      page.setDefaultTimeout(20_000);
      const problems: string[] = [];
      page.on("console", (message) => void problems.push(message.text()));
      page.on("pageerror", ({ message }) => void problems.push(message));
      await page.goto(server.url);
      return {
        page,
        problems,
        async generate(prompt: string) {
          await page.locator("#prompt").fill(prompt);
          await page.getByRole("button", { name: "Generate" }).click();
          await page.getByRole("button", { name: prompt, exact: true }).first().waitFor();
        },
        async tabTo(selector: string) {
          for (let press = 0; press < 40; press++) {
            await page.keyboard.press("Tab");
            if (await page.evaluate(`document.activeElement.matches("${selector}")`)) return;
          }
          assert.fail(`The keyboard never came to ${selector}`);
        },
        async drop(bytes: Uint8Array, name: string) {
          await page.locator("#prompt").waitFor();
          await page.evaluate(`(() => {
            const data = new DataTransfer();
            const bytes = new Uint8Array([${bytes}]);
            data.items.add(new File([bytes], ${JSON.stringify(name)}, { type: "image/png" }));
            const options = { bubbles: true, cancelable: true, dataTransfer: data };
            document.body.dispatchEvent(new DragEvent("drop", options));
          })()`);
        },
        /** By the rules of WCAG that a program can check. */
        async hasNoFaults() {
          await page.evaluate((axe as unknown as { source: string }).source);
          const found = await page.evaluate("axe.run()") as {
            violations: { id: string; nodes: { html: string }[] }[];
          };
          const faults = found.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
          assert.deepEqual(faults, []);
        },
        [Symbol.asyncDispose]: () => context.close(),
      };
    },
    /** Two pixels of the newest picture of that prompt. */
    async pixels(page: Page, prompt: string) {
      const query = encodeURIComponent(prompt);
      return await page.evaluate(`(async () => {
        const list = await (await fetch("page/data/pictures?query=${query}")).json();
        const file = await fetch("page/data/pictures/" + list.pictures[0].id + "/file");
        const bitmap = await createImageBitmap(await file.blob());
        const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
        context.drawImage(bitmap, 0, 0);
        const at = (x, y, side) => [...context.getImageData(x, y, side, side).data];
        return { corner: at(20, 20, 4), middle: at(430, 410, 120) };
      })()`) as { corner: number[]; middle: number[] };
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** Playwright's own `waitForFunction` evaluates text in the page, which its policy forbids. */
async function waitUntil(page: Page, condition: string) {
  const end = performance.now() + 20_000;
  while (!await page.evaluate(condition)) {
    assert.ok(performance.now() < end, `Never came: ${condition}`);
    await page.waitForTimeout(50);
  }
}
