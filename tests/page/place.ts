/** The studio page in a real browser, which the tests of a file share; they are left out where there is none. */

import assert from "node:assert/strict";
import axe from "npm:axe-core@4.14.1";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { browserPath, openBrowser } from "../support/browser.ts";
import { temporaryFolder } from "../support/folder.ts";
import { startHttpServer } from "../support/process.ts";
import { seedPictures } from "./seeded_pictures.ts";

export const WIDE: BrowserContextOptions = { viewport: { width: 1200, height: 900 } };
export const PHONE: BrowserContextOptions = {
  viewport: { width: 390, height: 780 },
  isMobile: true,
  hasTouch: true,
};

/** Of the pictures that are drawn, so that they are drawn quickly. */
const SMALL = "512x512";

let browser: Promise<Browser> | undefined;
Deno.test.afterAll(async () => await (await browser)?.close());

export const inBrowser = async (name: string, fn: (t: Deno.TestContext) => Promise<void>) =>
  Deno.test({
    name,
    ignore: !await browserPath(),
    // The browser's pipes end when its process does, which nobody is told of.
    sanitizeOps: false,
    sanitizeResources: false,
    fn,
  });

/** A server over HTTP and a browser. */
export async function openPlace({ env = {}, pictures }: {
  readonly env?: Record<string, string>;
  /** How many of each owner's are recorded before. */
  readonly pictures?: Readonly<Record<string, number>>;
} = {}) {
  const stack = new AsyncDisposableStack();
  const { path } = stack.use(await temporaryFolder());
  if (pictures) await seedPictures(path, pictures);
  const server = stack.use(await startHttpServer({ folder: path, env }));
  browser ??= openBrowser();
  const { newContext } = await browser.then((each) => ({
    newContext: (options: BrowserContextOptions) => each.newContext(options),
  }));
  const shared = new Map<BrowserContextOptions, Promise<BrowserContext>>();
  stack.defer(async () => {
    for (const context of shared.values()) await (await context).close();
  });
  return {
    server,
    /** A new page in the window with these options, which those who name the same object share. */
    async visit(options: BrowserContextOptions, { token }: { readonly token?: string } = {}) {
      const opened = shared.get(options) ?? newContext({ locale: "en-GB", ...options });
      shared.set(options, opened);
      const context = await opened;
      if (token !== undefined) await context.addCookies([await cookieFor(token, server.url)]);
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
          await page.locator(".composer").getByLabel("Size").selectOption(SMALL);
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
        [Symbol.asyncDispose]: () => page.close(),
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
        return { corner: at(10, 10, 4), middle: at(215, 205, 60) };
      })()`) as { corner: number[]; middle: number[] };
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

async function cookieFor(token: string, url: string) {
  const response = await fetch(`${url}/page/sign_in`, { method: "POST", body: token });
  await response.body?.cancel();
  const [, name = "", value = ""] = /^([^=]+)=([^;]+)/.exec(response.headers.get("set-cookie")!)!;
  return { name, value, url };
}

/** Playwright's own `waitForFunction` evaluates text in the page, which its policy forbids. */
export async function waitUntil(page: Page, condition: string) {
  const end = performance.now() + 20_000;
  while (!await page.evaluate(condition)) {
    assert.ok(performance.now() < end, `Never came: ${condition}`);
    await page.waitForTimeout(50);
  }
}
