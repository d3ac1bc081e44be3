/** The page of an upload link in a real browser; left out where there is none. */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { BrowserContextOptions, Page } from "playwright-core";
import { drawPlainPng } from "./fakes/pictures.ts";
import { type SmallPicture, smallPicture } from "./fakes/small_pictures.ts";
import { connectTestClient, openTestApp } from "./support/app.ts";
import { browserPath, openBrowser } from "./support/browser.ts";
import { temporaryFolder } from "./support/folder.ts";
import { startHttpServer } from "./support/process.ts";

const PNG = drawPlainPng(64, 48, "picture");
const PHONE: BrowserContextOptions = {
  viewport: { width: 390, height: 780 },
  isMobile: true,
  hasTouch: true,
};

Deno.test({
  name: "a person chooses, drops, pastes or photographs a picture, and the assistant has it",
  ignore: !await browserPath(),
  // The browser's pipes end when its process does, which nobody is told of.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(t) {
    await using place = await openPlace();

    await t.step("on a phone a file is chosen, looked at and sent", async () => {
      await using visit = await place.visit(PHONE);
      const { page } = visit;
      const width = () => page.evaluate("document.documentElement.scrollWidth");
      assert.equal(await width(), 390);
      assert.ok(await page.getByText("Take a photo").isVisible());
      await page.getByLabel("Choose a picture").setInputFiles(fileOf(PNG, "cat.png", "image/png"));
      assert.ok(await page.getByAltText("The picture you chose").isVisible());
      assert.equal(await width(), 390);
      assert.equal(await place.stateOf(visit.id), "waiting", "nothing is sent unasked");
      await page.getByRole("button", { name: "Send this picture" }).click();
      await visit.says("The picture has arrived.");
      assert.ok(await page.getByText("64 × 48").isVisible());
      assert.equal(await place.stateOf(visit.id), "received");
      assert.deepEqual(visit.problems, []);
      await page.reload();
      assert.ok(await page.getByText("This link has been used").isVisible());
    });

    await t.step("a photo from the camera is sent alike", async () => {
      await using visit = await place.visit(PHONE);
      const photo = smallPicture("turned JPEG");
      await visit.page.getByLabel("Take a photo").setInputFiles(
        fileOf(photo, "photo.jpg", "image/jpeg"),
      );
      await visit.page.getByRole("button", { name: "Send this picture" }).click();
      await visit.page.getByText("32 × 24").waitFor();
    });

    for (const way of ["drop", "paste"] as const) {
      await t.step(`by ${way}, and sent by the keyboard alone`, async () => {
        await using visit = await place.visit({ viewport: { width: 900, height: 700 } });
        await visit.give(way, PNG, "image/png");
        await visit.page.getByAltText("The picture you chose").waitFor();
        await visit.page.keyboard.press("Enter");
        await visit.says("The picture has arrived.");
        assert.equal(await place.stateOf(visit.id), "received");
        assert.deepEqual(visit.problems, []);
      });
    }

    await t.step("the keyboard reaches every way in, and each says what it is", async () => {
      await using visit = await place.visit({ viewport: { width: 900, height: 700 } });
      const { page } = visit;
      const reached: string[] = [];
      for (let press = 0; press < 3; press++) {
        await page.keyboard.press("Tab");
        const focused = await page.evaluate(
          "(document.activeElement.closest('label') ?? document.activeElement).textContent",
        );
        reached.push(String(focused).trim());
      }
      assert.deepEqual(reached, ["Choose a picture", "Paste", "中文"]);
    });

    await t.step("in Chinese and in the dark where the browser wants that", async () => {
      await using visit = await place.visit({ ...PHONE, locale: "zh-CN", colorScheme: "dark" });
      const { page } = visit;
      assert.equal(await page.title(), "上传图片 · mcp-image-server");
      const ground = await page.evaluate("getComputedStyle(document.body).backgroundColor");
      assert.equal(ground, "rgb(20, 24, 28)");
      await page.getByLabel("选择图片").setInputFiles(fileOf(PNG, "cat.png", "image/png"));
      await page.getByRole("button", { name: "发送这张图片" }).click();
      await visit.says("图片已送达。");
      assert.deepEqual(visit.problems, []);
    });

    await t.step("what the server cannot read is converted where the browser can", async () => {
      await using visit = await place.visit(PHONE);
      await visit.choose("AVIF", "image/avif");
      await visit.says("The picture has arrived.");
      const { envelope } = await place.client.call("get_upload", { upload_id: visit.id });
      assert.equal(envelope.upload.mime_type, "image/jpeg");
    });

    await t.step("what is no picture is told, and another can be chosen", async () => {
      await using visit = await place.visit(PHONE);
      const { page } = visit;
      await visit.give("drop", new TextEncoder().encode("hello"), "text/plain");
      await visit.says("This picture cannot be used.");
      const cut = PNG.slice(0, -20);
      await page.getByLabel("Choose a picture").setInputFiles(fileOf(cut, "a.png", "image/png"));
      await page.getByRole("button", { name: "Send this picture" }).click();
      await visit.says("The picture is cut short");
      await page.getByRole("button", { name: "Choose another" }).click();
      await page.getByLabel("Choose a picture").setInputFiles(fileOf(PNG, "b.png", "image/png"));
      await page.getByRole("button", { name: "Send this picture" }).click();
      await visit.says("The picture has arrived.");
    });

    await t.step("without its script the page is a form", async () => {
      await using visit = await place.visit({ ...PHONE, javaScriptEnabled: false });
      const { page } = visit;
      await page.locator("#file").setInputFiles(fileOf(PNG, "cat.png", "image/png"));
      await page.getByRole("button", { name: "Send this picture" }).click();
      await page.getByText("The picture has arrived. 64 × 48").waitFor();
      assert.equal(await place.stateOf(visit.id), "received");
    });
  },
});

/** A server over HTTP, a client of it, and a browser. */
async function openPlace() {
  const stack = new AsyncDisposableStack();
  const folder = stack.use(await temporaryFolder());
  const server = stack.use(await startHttpServer({ folder: folder.path }));
  const env = { MCP_PUBLIC_BASE_URL: server.url };
  const test = stack.use(await openTestApp({ env, folder: `${folder.path}/generated_images` }));
  const client = stack.use(await connectTestClient(test.app));
  const browser = await openBrowser();
  stack.defer(() => browser.close());
  return {
    client,
    async stateOf(id: string): Promise<string> {
      const { envelope } = await client.call("get_upload", { upload_id: id, wait_seconds: 0.01 });
      return envelope.upload.state;
    },
    async visit(options: BrowserContextOptions) {
      const { envelope: { upload } } = await client.call("create_upload_link");
      const context = await browser.newContext({ locale: "en-GB", ...options });
      const page = await context.newPage();
      page.setDefaultTimeout(20_000);
      const problems: string[] = [];
      page.on("console", (message) => void problems.push(message.text()));
      page.on("pageerror", ({ message }) => void problems.push(message));
      await page.goto(upload.url);
      return {
        page,
        id: upload.id as string,
        problems,
        says: (text: string) => page.getByRole("status").filter({ hasText: text }).waitFor(),
        give: (way: "drop" | "paste", bytes: Uint8Array, type: string) =>
          give(page, way, bytes, type),
        async choose(name: SmallPicture, type: string) {
          await page.locator("#file").setInputFiles(fileOf(smallPicture(name), "file", type));
          await page.getByRole("button", { name: "Send this picture" }).click();
        },
        [Symbol.asyncDispose]: () => context.close(),
      };
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

function fileOf(bytes: Uint8Array, name: string, mimeType: string) {
  return { name, mimeType, buffer: Buffer.from(bytes) };
}

/** Lets the browser see what a drop or a paste of a file brings. */
async function give(page: Page, way: "drop" | "paste", bytes: Uint8Array, type: string) {
  const event = way === "drop" ? "DragEvent" : "ClipboardEvent";
  const member = way === "drop" ? "dataTransfer" : "clipboardData";
  await page.evaluate(`(() => {
    const data = new DataTransfer();
    data.items.add(new File([new Uint8Array([${bytes}])], "file", { type: "${type}" }));
    const options = { bubbles: true, cancelable: true, ${member}: data };
    document.body.dispatchEvent(new ${event}("${way}", options));
  })()`);
}
