/** The studio page in a real browser; left out where there is none. */

import assert from "node:assert/strict";
import { drawPlainPng } from "../fakes/pictures.ts";
import { fakeOpenAI } from "../fakes/openai.ts";
import { until } from "../support/wait.ts";
import { inBrowser, openPlace, PHONE, waitUntil, WIDE } from "./place.ts";

const EVIL =
  `<img src=x onerror="document.title='hacked'"><script>document.title='hacked'</script>`;

await inBrowser("a person draws, looks, edits and compares on the page", async (t) => {
  await using place = await openPlace();

  await t.step("a picture is drawn, and opens with what it was made of", async () => {
    await using visit = await place.visit(WIDE);
    const { page } = visit;
    await visit.generate("a cat in a garden");
    await page.getByRole("button", { name: "a cat in a garden", exact: true }).click();
    const dialog = page.getByRole("dialog", { name: "a cat in a garden" });
    await dialog.getByText("placeholder", { exact: true }).waitFor();
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
    await waitUntil(page, "document.querySelector('canvas').width === 512");
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

  await t.step(
    "what a picture was made from and what became of it lead to each other",
    async () => {
      await using visit = await place.visit(WIDE);
      const { page } = visit;
      await page.getByRole("button", { name: "a red balloon", exact: true }).click();
      const parents = page.getByRole("region", { name: "Made of" });
      await parents.getByRole("button", { name: "a boat at sunset" }).waitFor();
      await visit.hasNoFaults();
      await parents.getByRole("button", { name: "a boat at sunset" }).click();
      await page.getByRole("dialog", { name: "a boat at sunset" }).waitFor();
      const children = page.getByRole("region", { name: "Became" });
      await children.getByRole("button", { name: "a red balloon" }).click();
      await page.getByRole("dialog", { name: "a red balloon" }).waitFor();
    },
  );

  await t.step("each line is drawn in each style, and found by its style and day", async () => {
    await using visit = await place.visit(WIDE);
    const { page } = visit;
    await page.locator("#prompt").fill("a red kite\n\n a blue kite ");
    await page.getByText("Several at once").click();
    await page.getByLabel("Each line is a picture of its own").check();
    const styles = page.getByRole("group", { name: "In each of the styles" });
    await styles.getByRole("checkbox").nth(0).check();
    await styles.getByRole("checkbox").nth(1).check();
    await page.locator(".composer").getByLabel("Size").selectOption("512x512");
    await visit.hasNoFaults();
    await page.getByRole("button", { name: "Generate 4 pictures" }).click();
    for (const prompt of ["a red kite", "a blue kite"]) {
      await page.getByRole("button", { name: prompt, exact: true }).nth(1).waitFor();
    }
    await waitUntil(page, "document.querySelectorAll('progress').length === 0");
    assert.equal(await page.locator(".drawing").count(), 1, "a note is told once");

    const cells = (count: number) => `document.querySelectorAll('.cell').length === ${count}`;
    const filters = page.locator(".filters");
    await filters.getByText("Filters").click();
    const style = await page.locator("#known-style option").first().getAttribute("value");
    await filters.getByLabel("Style").fill(style!);
    await waitUntil(page, cells(2));
    await visit.hasNoFaults();
    await filters.getByLabel("Until").fill("2020-01-31");
    await page.getByText("No picture is like that").waitFor();
    await filters.getByLabel("Until").fill("");
    await filters.getByLabel("From").fill("2020-01-31");
    await waitUntil(page, cells(2));
    await filters.getByLabel("Provider").fill("nobody");
    await page.getByText("No picture is like that").waitFor();
    await page.getByRole("button", { name: "Without filters" }).click();
    await waitUntil(page, "document.querySelectorAll('.cell').length > 4");
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
    await page.getByRole("button", { name: "Save" }).click();
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
    await page.getByLabel("Select: a red balloon").check();
    await page.getByRole("button", { name: "Move to trash" }).click();
    await page.getByLabel("Which pictures").selectOption("Trash");
    await page.locator(".cell", { hasText: "a red balloon" }).waitFor();
    await page.getByLabel("Which pictures").selectOption("All");
    await page.getByRole("button", { name: "a boat at sunset", exact: true }).waitFor();
    assert.deepEqual(visit.problems, [], "no file of the trash is asked for");
  });

  await t.step("a cropped copy is made and shown", async () => {
    await using visit = await place.visit(WIDE);
    const { page } = visit;
    await page.getByRole("button", { name: "a boat at sunset", exact: true }).click();
    await page.getByText("Crop and export").click();
    await page.getByLabel("Shape").selectOption("16:9");
    await page.getByLabel("Format").selectOption("webp");
    await page.getByRole("button", { name: "Make a copy" }).click();
    await page.getByText("512 × 288").waitFor();
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

await inBrowser("many are drawn without the page, and what failed is drawn again", async (t) => {
  await using vendor = fakeOpenAI();
  await using place = await openPlace({ env: vendor.environment });

  await t.step("a prompt with lists is a batch that shows how far it is", async () => {
    await using visit = await place.visit(WIDE);
    const { page } = visit;
    vendor.misbehave("refused by moderation", 1);
    await page.locator("#prompt").fill("a {colour} {animal}");
    await page.getByText("Template and lists").click();
    await page.getByLabel("colour").fill("red\nblue");
    await page.getByLabel("animal").fill("cat");
    await page.getByText("also when this page is closed").waitFor();
    await visit.hasNoFaults();
    await page.getByRole("button", { name: "Generate 2 pictures" }).click();
    const row = page.locator(".drawing", { hasText: "red · cat" });
    await row.getByText("1 of 2, 1 failed").waitFor();
    await visit.hasNoFaults();
  });

  await t.step(
    "another page shows it, in Chinese on a phone, and draws what is missing",
    async () => {
      await using visit = await place.visit({ ...PHONE, locale: "zh-CN" });
      const { page } = visit;
      await page.getByText("1 / 2，1 张失败").waitFor();
      await visit.hasNoFaults();
      assert.equal(await page.evaluate("document.documentElement.scrollWidth"), 390);
      await page.getByRole("button", { name: "补画未完成的" }).tap();
      const cells = page.locator(".cell");
      await cells.nth(1).waitFor();
      await page.locator(".drawing").waitFor({ state: "detached" });
    },
  );

  await t.step("one that runs is cancelled, and dismissed for good", async () => {
    await using visit = await place.visit(WIDE);
    const { page } = visit;
    vendor.misbehave("hangs", 2);
    await page.getByText("Template and lists").click();
    await page.locator(".gaps select").selectOption("logo");
    const fields = page.locator(".gaps textarea");
    await fields.first().waitFor();
    for (const field of await fields.all()) await field.fill("bakery");
    await visit.hasNoFaults();
    await page.getByRole("button", { name: "Generate" }).click();
    const row = page.locator(".drawing");
    await row.getByRole("button", { name: "Cancel" }).click();
    await row.getByText("0 of 1, 1 cancelled").waitFor();
    await row.getByText("OpenAI may charge for it all the same", { exact: false }).waitFor();
    await row.getByRole("button", { name: "Dismiss" }).click();
    await row.waitFor({ state: "detached" });
    await page.reload();
    await page.locator(".cell").first().waitFor();
    assert.equal(await row.count(), 0);
  });
});

await inBrowser("who may come in is told every way in", async (t) => {
  const https = "https://login.example.com";
  const issuer = { MCP_OAUTH_ISSUER: https, MCP_PUBLIC_BASE_URL: "http://127.0.0.1:8000" };
  await t.step("a token or an access token of the service that is named", async () => {
    await using place = await openPlace({ env: { MCP_AUTH_TOKEN: "secret", ...issuer } });
    await using visit = await place.visit(WIDE);
    const { page } = visit;
    await page.getByLabel("A token").waitFor();
    await page.getByText("MCP_AUTH_TOKEN", { exact: false }).waitFor();
    await page.getByText(https, { exact: false }).waitFor();
    await visit.hasNoFaults();
  });

  await t.step("only an access token where nothing else is good", async () => {
    await using place = await openPlace({ env: issuer });
    await using visit = await place.visit({ ...PHONE, locale: "zh-CN" });
    const { page } = visit;
    await page.getByLabel("访问令牌").fill("wrong");
    await page.getByRole("button", { name: "登录" }).tap();
    await page.getByText("令牌有误或已过期", { exact: false }).waitFor();
    assert.equal(await page.evaluate("document.documentElement.scrollWidth"), 390);
    await visit.hasNoFaults();
  });
});

await inBrowser("who has the token signs in once; others see nothing", async () => {
  await using place = await openPlace({
    env: { MCP_AUTH_TOKEN: "ann=secret-of-ann,bob=secret-of-bob" },
  });
  await using visit = await place.visit(WIDE);
  const { page } = visit;
  await page.getByLabel("The server's token").fill("wrong");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("That opens nothing here").waitFor();
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

  await using other = await place.visit({ ...WIDE });
  await other.page.getByLabel("The server's token").fill("secret-of-bob");
  await other.page.getByRole("button", { name: "Sign in" }).click();
  await other.page.getByText("No pictures yet").waitFor();

  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByLabel("The server's token").waitFor();
});

await inBrowser("a vendor's drawing is watched, and cancelled from wherever", async (t) => {
  await using vendor = fakeOpenAI();
  await using place = await openPlace({
    env: { ...vendor.environment, MCP_ENABLE_PLACEHOLDER: "true" },
  });

  await t.step("the unfinished picture is seen until the finished one is there", async () => {
    await using visit = await place.visit(WIDE);
    const { page } = visit;
    const finish = Promise.withResolvers<void>();
    vendor.answerNext(() => inTwoSteps(finish.promise));
    await page.locator("#prompt").fill("a slow snail");
    await page.getByRole("button", { name: "Generate" }).click();
    const partial = page.getByRole("img", { name: "The picture so far" });
    await partial.waitFor();
    await waitUntil(page, "document.querySelector('.drawing img').naturalWidth === 8");
    await visit.hasNoFaults();
    assert.equal(await page.locator(".cell").count(), 0);
    finish.resolve();
    await page.getByRole("button", { name: "a slow snail", exact: true }).click();
    await partial.waitFor({ state: "detached" });
    await page.getByText("total_tokens 205").waitFor();
  });

  await t.step("another page sees what is drawn, and cancels it", async () => {
    vendor.misbehave("hangs");
    await using visit = await place.visit(WIDE);
    const { page } = visit;
    await page.locator("#prompt").fill("a sleeping bear");
    await page.getByRole("button", { name: "Generate" }).click();
    await page.locator(".drawing").waitFor();
    await using elsewhere = await place.visit({ ...PHONE });
    const row = elsewhere.page.locator(".drawing", { hasText: "a sleeping bear" });
    await row.waitFor();
    await elsewhere.hasNoFaults();
    assert.equal(await elsewhere.page.evaluate("document.documentElement.scrollWidth"), 390);
    await row.getByRole("button", { name: "Cancel: a sleeping bear" }).tap();
    await page.getByText("Cancelled.").waitFor();
    await row.waitFor({ state: "detached" });
  });

  await t.step("what is cancelled before it has begun is cancelled once it has", async () => {
    vendor.misbehave("hangs");
    await using visit = await place.visit(WIDE);
    const { page } = visit;
    const sent = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    await page.route("**/page/data/pictures", async (route) => {
      if (route.request().method() !== "POST") return await route.continue();
      sent.resolve();
      await go.promise;
      await route.continue();
    });
    await page.locator("#prompt").fill("a shy hedgehog");
    await page.getByRole("button", { name: "Generate" }).click();
    await sent.promise;
    await page.getByRole("button", { name: "Cancel: a shy hedgehog" }).click();
    go.resolve();
    await page.getByText("Cancelled.").waitFor();
  });

  await t.step(
    "of many, a few are sent at once, and those that wait are let go at once",
    async () => {
      vendor.misbehave("hangs");
      await using visit = await place.visit(WIDE);
      const { page } = visit;
      const before = vendor.requests.length;
      const lines = Array.from({ length: 6 }, (_, index) => `a wolf ${index}`);
      await page.locator("#prompt").fill(lines.join("\n"));
      await page.getByText("Several at once").click();
      await page.getByLabel("Each line is a picture of its own").check();
      await page.getByRole("button", { name: "Generate 6 pictures" }).click();
      await until("four requests", () => vendor.requests.length === before + 4);
      await visit.tabTo(".drawing button");
      await page.keyboard.press("Enter");
      await page.getByText("OpenAI may charge for it all the same", { exact: false }).waitFor();
      await until("the fifth request", () => vendor.requests.length === before + 5);
      await page.getByRole("button", { name: "Cancel: a wolf 5" }).click();
      await page.locator(".drawing", { hasText: "a wolf 5" }).waitFor({ state: "detached" });
      for (const number of [1, 2, 3, 4]) {
        await page.getByRole("button", { name: `Cancel: a wolf ${number}` }).click();
      }
      await waitUntil(page, "document.querySelectorAll('progress').length === 0");
      assert.equal(vendor.requests.length, before + 5);
    },
  );
});

/** The vendor's events: an unfinished picture at once, the finished one when it may come. */
function inTwoSteps(finish: Promise<void>): Response {
  const event = (type: string, data: Record<string, unknown>) =>
    `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;
  async function* events() {
    const b64_json = drawPlainPng(8, 8, "unfinished").toBase64();
    yield event("image_generation.partial_image", { b64_json, partial_image_index: 0 });
    await finish;
    yield event("image_generation.completed", {
      b64_json: drawPlainPng(64, 64, "finished").toBase64(),
      usage: { input_tokens: 9, output_tokens: 196, total_tokens: 205 },
    });
  }
  return new Response(ReadableStream.from(events()).pipeThrough(new TextEncoderStream()), {
    headers: { "content-type": "text/event-stream" },
  });
}
