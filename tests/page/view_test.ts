/** The view of pictures in a real browser, in a strict host; left out where there is no browser. */

import assert from "node:assert/strict";
import { browserPath } from "../support/browser.ts";
import { until } from "../support/wait.ts";
import { ABLE, openViewPlace, type Params, seesPicture } from "./host/host.ts";

const EVIL =
  `<img src=x onerror="document.title='hacked'"><script>document.title='hacked'</script>`;
const SMALL = { resolution: "320x240" };
const MODES = ["inline", "fullscreen"];

Deno.test({
  name: "pictures are looked at and worked on in the conversation",
  ignore: !await browserPath(),
  // The browser's pipes end when its process does, which nobody is told of.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: inOneBrowser,
});

async function inOneBrowser(t: Deno.TestContext) {
  await using place = await openViewPlace();

  await t.step("a call shows that it runs, then its picture, in a view of its height", async () => {
    const host = await place.host({ context: { theme: "dark" } });
    await host.send("sendToolInputPartial", { arguments: { prompt: "a lighthouse in a" } });
    await host.view.getByText("a lighthouse in a").waitFor();
    await host.view.getByRole("progressbar", { name: "Working…" }).waitFor();
    await host.call("generate_image", { prompt: "a lighthouse in a storm", ...SMALL });
    assert.equal(await seesPicture(host.view), 320);
    await host.view.getByRole("img", { name: "a lighthouse in a storm" }).waitFor();
    await host.view.getByRole("progressbar").waitFor({ state: "detached" });
    await until("the height", async () => {
      const height = await host.view.evaluate("document.documentElement.scrollHeight");
      return (await host.page.locator("iframe").boundingBox())?.height === height;
    });
    await host.hasNoFaults();
    assert.deepEqual(host.problems, []);
  });

  await t.step("a long prompt is cut, and opened by whoever wants to read it", async () => {
    const host = await place.host({ width: 360 });
    const prompt = "a lighthouse at the edge of the world, ".repeat(12).trim();
    await host.send("sendToolInputPartial", { arguments: { prompt } });
    const words = host.view.locator("details.about");
    await words.waitFor();
    const height = async () => (await words.boundingBox())!.height;
    const cut = await height();
    await host.hasNoFaults();
    await words.locator("summary").click();
    await until("the whole prompt", async () => await height() > 2 * cut);
    assert.deepEqual(host.problems, []);
  });

  await t.step("what a prompt says runs nothing", async () => {
    const host = await place.host();
    await host.call("generate_image", { prompt: EVIL, ...SMALL });
    await seesPicture(host.view);
    await host.view.getByText(EVIL).first().waitFor();
    await host.send("sendToolCancelled", { reason: EVIL });
    await host.view.getByText(`Cancelled: ${EVIL}`).waitFor();
    assert.equal(await host.view.evaluate("document.title"), "Pictures");
    assert.equal(await host.view.locator("img[src=x], #view script").count(), 0);
    assert.deepEqual(host.problems, []);
  });

  await t.step(
    "the view follows the host's theme, colours and sizes, and never paints the root",
    async () => {
      const styles = {
        variables: { "--color-background-primary": "light-dark(#fafafa, #101010)" },
      };
      const context = { theme: "light", styles, containerDimensions: { maxHeight: 200 } };
      const host = await place.host({ context });
      await host.call("generate_image", { prompt: "a cat", ...SMALL });
      await seesPicture(host.view);
      const ground = () =>
        host.view.evaluate("getComputedStyle(document.getElementById('view')).backgroundColor");
      assert.equal(await ground(), "rgb(250, 250, 250)");
      await host.send("sendHostContextChange", { theme: "dark" });
      await until(
        "the height",
        async () => (await host.page.locator("iframe").boundingBox())?.height === 200,
      );
      const inset = { top: 44, right: 0, bottom: 0, left: 0 };
      await host.send("sendHostContextChange", { safeAreaInsets: inset });
      await until(
        "the safe area",
        () =>
          host.view.evaluate(
            "getComputedStyle(document.getElementById('view')).paddingTop === '44px'",
          ),
      );
      await until("the dark", async () => await ground() === "rgb(16, 16, 16)");
      assert.equal(
        await host.view.evaluate("getComputedStyle(document.documentElement).colorScheme"),
        "normal",
      );
      await host.hasNoFaults();
    },
  );

  await t.step(
    "one of several is enlarged, chosen and told to the model, by the keyboard alone",
    async () => {
      const host = await place.host({ context: { availableDisplayModes: MODES } });
      const { images } = await host.call("generate_image", { prompt: "boats", ...SMALL, n: 3 });
      const thumbs = host.button(/^Enlarge: boats/);
      await thumbs.nth(1).focus();
      await host.page.keyboard.press("Enter");
      assert.equal(await seesPicture(host.view), 320);
      await host.page.keyboard.press("ArrowRight");
      await host.view.locator("li:nth-child(3) button[aria-expanded=true]").waitFor();
      await until(
        "the focus",
        () => host.view.evaluate("document.activeElement.matches('.opened')"),
      );
      await host.page.keyboard.press("Tab");
      await host.page.keyboard.press("Enter");
      await host.button("✓ Chosen").waitFor();
      const told = await until("the model", async () => (await host.asked("context")).at(-1));
      assert.deepEqual(told.params.content, [
        { type: "text", text: `In the view: The user chose picture ${images[2]!.id}` },
      ]);
      await host.button("Full screen").press("Enter");
      await host.button("Back to the conversation").waitFor();
      assert.deepEqual((await host.asked("mode"))[0]?.params, { mode: "fullscreen" });
      await host.page.keyboard.press("Escape");
      await host.view.locator(".opened").waitFor({ state: "detached" });
      await until(
        "the focus",
        () => host.view.evaluate("document.activeElement.matches('li:nth-child(3) button')"),
      );
      assert.deepEqual(host.problems, []);
    },
  );

  await t.step("a part drawn over with the mouse is what edit_image may change", async () => {
    const host = await place.host();
    const { images: [image] } = await host.call("generate_image", { prompt: "a bay", ...SMALL });
    await seesPicture(host.view);
    await host.button("Edit").click();
    const paper = (await host.view.locator(".marks").boundingBox())!;
    const at = (x: number, y: number) =>
      [paper.x + paper.width * x, paper.y + paper.height * y] as const;
    await host.page.mouse.move(...at(0.75, 0.6));
    await host.page.mouse.down();
    await host.page.mouse.move(...at(0.4, 0.5), { steps: 3 });
    await host.page.mouse.move(...at(0.25, 0.2), { steps: 3 });
    await host.page.mouse.up();
    await host.hasNoFaults();
    await host.view.getByLabel("What should change?").fill("a red balloon");
    await host.button("Edit").click();
    await seesPicture(host.view, "img.large[alt='a red balloon']");
    const [edit] = (await host.asked("tool")).filter(({ params }) => params.name === "edit_image");
    const { mask_region: [region], ...others } = edit!.params.arguments;
    assert.deepEqual(others, { prompt: "a red balloon", images: [image!.id], wait_seconds: 0 });
    for (const [name, value] of Object.entries({ x: 0.25, y: 0.2, width: 0.5, height: 0.4 })) {
      assert.ok(Math.abs(region[name] - value) < 0.02, `${name}: ${region[name]}`);
    }
    const told = await until("the model", async () => (await host.asked("context")).at(-1));
    assert.match(told.params.content[0].text, new RegExp(`made from ${image!.id}: a red balloon`));
    assert.deepEqual(host.problems, []);
  });

  await t.step("the keyboard marks a part, moves it, and takes it away", async () => {
    const host = await place.host();
    await host.call("generate_image", { prompt: "a bay", ...SMALL });
    await host.button("Edit").press("Enter");
    await host.button("Mark a part").press("Enter");
    const mark = host.view.locator(".mark");
    await mark.press("ArrowRight");
    await mark.press("Shift+ArrowDown");
    const label = await mark.getAttribute("aria-label");
    assert.match(label ?? "", /^Part 1: 27%, 25%, 50%, 52%\./);
    await mark.press("Delete");
    await mark.waitFor({ state: "detached" });
    await host.view.getByLabel("What should change?").press("Escape");
    await host.button("Variation").waitFor();
  });

  await t.step("a variation is drawn, also of a picture that was made of another", async () => {
    const host = await place.host();
    const { images: [first] } = await host.call("generate_image", { prompt: "a hill", ...SMALL });
    await host.button("Variation").click();
    await host.view.locator(".thumbs li").nth(1).waitFor();
    const calls = async () => (await host.asked("tool")).map(({ params }) => params);
    const { seed, ...args } = (await calls())[0].arguments;
    assert.ok(Number.isSafeInteger(seed));
    assert.deepEqual(args, { based_on: first!.id, wait_seconds: 0 });
    await host.call("transform_image", { image: first!.id, width: 200 });
    await host.button("Variation").click();
    await host.view.locator(".thumbs li").nth(1).waitFor();
    assert.ok((await calls()).some(({ name }) => name === "edit_image"));
    assert.deepEqual(host.problems, []);
  });

  await t.step("a link is copied, a file saved by the host", async () => {
    const host = await place.host();
    const { images: [image] } = await host.call("generate_image", { prompt: "a dune", ...SMALL });
    await host.button("Copy path").click();
    await host.view.getByText("Copied").waitFor();
    const copied = await host.page.evaluate("navigator.clipboard.readText()");
    assert.match(String(copied), new RegExp(`^/.*${image!.id}\\.png$`));
    await host.button("Download").click();
    const [file] = await until("the file", async () => {
      const files = await host.asked("file");
      return files.length > 0 && files;
    });
    assert.deepEqual(file!.params.contents, [{
      type: "resource_link",
      uri: `image://${image!.id}`,
      name: `${image!.id}.png`,
      mimeType: "image/png",
    }]);
  });

  await t.step("what a search finds is seen without a picture in full, and has more", async () => {
    const host = await place.host({ width: 390 });
    await host.call("search_images", { limit: 6 });
    await host.view.locator(".thumbs li").nth(5).waitFor();
    await seesPicture(host.view, ".thumbs li:nth-child(6) img");
    assert.deepEqual(await host.asked("tool"), []);
    await host.button("More").click();
    await host.view.locator(".thumbs li").nth(6).waitFor();
    assert.equal(await host.view.evaluate("document.documentElement.scrollWidth"), 374);
    await host.hasNoFaults();
    assert.deepEqual(host.problems, []);
  });

  await t.step(
    "a comparison shows its sheet and each picture with what it differs by",
    async () => {
      const host = await place.host();
      await host.call("compare_images", { prompt: "a fox", seeds: [1, 2], ...SMALL });
      await host.view.locator(".thumbs li").nth(2).waitFor();
      await seesPicture(host.view, ".thumbs li:nth-child(3) img");
      await host.view.getByText(/^seed 2 · placeholder · \d+\s×\s\d+$/).waitFor();
    },
  );

  await t.step("a picture that takes long is waited for, and can be stopped", async () => {
    const host = await place.host();
    await host.call("generate_image", { prompt: "slow", ...SMALL, wait_seconds: 0 });
    assert.equal(await seesPicture(host.view), 320);
    assert.deepEqual((await host.asked("tool"))[0]?.params.name, "get_job");

    const job = { id: "job_1", message: "Drawing: 40 %" };
    const rows = [{ ...job, prompt: "something else" }, { ...job, prompt: "a long road" }]
      .map((row, index) => ({ ...row, next: "get_job waits for it", id: `job_${index}` }));
    const list = { uri: "jobs://list", text: JSON.stringify(rows) };
    const watching = await place.host({
      answer: (method) => method === "resources/read" ? { contents: [list] } : { content: [] },
    });
    await watching.send("sendToolInput", { arguments: { prompt: "a long road" } });
    await watching.view.getByText("Drawing: 40 %").waitFor();
    await watching.button("Stop").click();
    const stopped = await until("the stop", async () => (await watching.asked("tool"))[0]);
    assert.deepEqual(stopped.params.arguments, { job_id: "job_1" });

    const calls: string[] = [];
    const ended = Promise.withResolvers<void>();
    const answer = async (_method: string, { name }: Params) => {
      calls.push(name!);
      if (name === "cancel_job") ended.resolve();
      else if (calls.length > 1) await ended.promise;
      return { content: [], structuredContent: calls.length > 1 ? {} : { job } };
    };
    const other = await place.host({ answer });
    await other.send("sendToolResult", { content: [], structuredContent: { job } });
    await other.view.getByText("Drawing: 40 %").waitFor();
    await other.button("Stop").click();
    await other.view.getByText("No pictures").waitFor();
    assert.ok(calls.includes("cancel_job"));
  });

  await t.step("a host that calls no tools is asked in words", async () => {
    const host = await place.host({ capabilities: { message: {} } });
    const { images: [image] } = await host.call("generate_image", { prompt: "a bay", ...SMALL });
    assert.equal(await seesPicture(host.view), 320);
    await host.button("Variation").click();
    await host.view.getByText("Sent to the conversation").waitFor();
    await host.button("Edit").click();
    await host.button("Mark a part").click();
    await host.view.getByLabel("What should change?").fill("a balloon");
    await host.button("Edit").click();
    const [variation, edit] = await until("two messages", async () => {
      const messages = await host.asked("message");
      return messages.length === 2 && messages;
    });
    const textOf = (message: typeof edit) => String(message?.params.content[0].text);
    assert.equal(textOf(variation), `Make a variation of picture ${image!.id}`);
    assert.match(textOf(edit), /^Call edit_image with .*"mask_region":\[\{"x":0\.25,/);
    assert.deepEqual(host.problems, []);
  });

  await t.step("a host that does nothing at all still shows pictures", async () => {
    const host = await place.host({ capabilities: {} });
    await host.call("generate_image", { prompt: "a bay", ...SMALL });
    assert.equal(await seesPicture(host.view), 320);
    const words = await host.view.getByRole("button").allTextContents();
    assert.deepEqual(words, ["Copy path"]);
    assert.deepEqual(host.problems, []);
  });

  await t.step("pictures that the host left out are fetched through it", async () => {
    const host = await place.host({ capabilities: { serverTools: {} } });
    const args = { prompt: "a bay", ...SMALL };
    const result = await place.client.client.callTool({ name: "generate_image", arguments: args });
    await host.send("sendToolResult", { ...result, content: [] });
    assert.equal(await seesPicture(host.view), 320);
    assert.equal((await host.asked("tool"))[0]?.params.name, "get_image_data");
  });

  await t.step("what the tool, or the host, says went wrong is shown", async () => {
    const answer = () => Promise.reject(new Error("Calls need an approval"));
    const host = await place.host({ answer });
    await host.call("generate_image", { prompt: "a bay", style: "nope" });
    await host.view.getByRole("alert").getByText("nope").waitFor();
    await host.call("generate_image", { prompt: "a bay", ...SMALL });
    await host.button("Variation").click();
    await host.view.getByRole("alert").getByText("Calls need an approval").waitFor();
  });

  await t.step(
    "a view that is taken away says yes, and speaks Chinese to those who do",
    async () => {
      const host = await place.host({ capabilities: ABLE, context: { locale: "zh-CN" } });
      await host.call("generate_image", { prompt: "一只猫", ...SMALL });
      await host.button("编辑").waitFor();
      assert.equal(await host.view.evaluate("document.documentElement.lang"), "zh");
      assert.deepEqual(await host.send("teardownResource", {}), {});
    },
  );

  await t.step("a host that never answers is told of, and nothing breaks", async () => {
    const host = await place.host({ silent: true });
    await host.view.locator("main").getByText("Waiting for the conversation…").waitFor();
    await until("what is said of the silence", async () => {
      await host.passTime(); // again, where the view did not wait yet
      return await host.view.getByText("does not answer").isVisible();
    });
    assert.deepEqual(host.problems, []);
  });
}
