/** Letting a client in, in a real browser; left out where there is none. */

import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { hashPassword } from "../src/authorization/passwords.ts";
import { makeProof, parametersOf, PASSWORDS } from "./authorization/support.ts";
import { browserPath, openBrowser } from "./support/browser.ts";
import { openHttpApp } from "./support/http_app.ts";

Deno.test({
  name: "a person reads who asks, signs in, and the browser goes where the client waits",
  ignore: !await browserPath(),
  // The browser's pipes end when its process does, which nobody is told of.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(t) {
    await using place = await openPlace();

    await t.step("with a wrong password first, by the keyboard alone", async () => {
      await using visit = await place.visit();
      const { page } = visit;
      assert.ok(await page.getByText("Editor of pictures").first().isVisible());
      assert.ok(await page.getByText("(a program on this computer)").isVisible());
      await page.getByLabel("Your name").focus();
      await page.keyboard.type("ann");
      await page.keyboard.press("Tab");
      await page.keyboard.type("a wrong password");
      await page.keyboard.press("Enter");
      await page.getByText("The name or the password is not right.").waitFor();
      assert.equal(await page.getByLabel("Your name").inputValue(), "ann");
      assert.equal(await page.getByLabel("Your password").inputValue(), "");
      await page.getByLabel("Your password").fill(PASSWORDS.ann);
      await page.keyboard.press("Enter");
      const answer = await visit.answer();
      assert.ok(answer.get("code"));
      assert.equal(answer.get("iss"), place.url);
      assert.equal(answer.get("state"), "a state");
      // Chromium's own word for an answer that is no 200.
      assert.deepEqual(visit.problems.filter((each) => !/403 \(Forbidden\)/.test(each)), []);
    });

    await t.step("who says no needs no password", async () => {
      await using visit = await place.visit();
      await visit.page.getByRole("button", { name: "No" }).click();
      assert.equal((await visit.answer()).get("error"), "access_denied");
      assert.deepEqual(visit.problems, []);
    });

    await t.step("on a phone, in Chinese and in the dark", async () => {
      await using visit = await place.visit({
        locale: "zh-CN",
        colorScheme: "dark",
        viewport: { width: 360, height: 740 },
        isMobile: true,
      });
      const { page } = visit;
      assert.equal(await page.title(), "允许程序访问 · mcp-image-server");
      assert.equal(await page.evaluate("document.documentElement.scrollWidth"), 360);
      const ground = await page.evaluate("getComputedStyle(document.body).backgroundColor");
      assert.equal(ground, "rgb(20, 24, 28)", "its own style is allowed");
      await page.getByRole("link", { name: "English" }).click();
      await page.getByLabel("Your name").fill("bob");
      await page.getByLabel("Your password").fill(PASSWORDS.bob);
      await page.getByRole("button", { name: "Let it in" }).click();
      assert.ok((await visit.answer()).get("code"), "the request outlives the change of language");
    });

    await t.step("no other page can frame it or send its form", async () => {
      await using visit = await place.visit();
      const { page } = visit;
      const address = page.url();
      await page.goto(place.foreign(`<iframe src="${address.replaceAll("&", "&amp;")}"></iframe>`));
      const [, frame] = page.frames();
      assert.equal(await frame!.locator("form").count(), 0);
      const fields = `<input name="name" value="ann"><input name="password" value="${
        PASSWORDS.ann.replaceAll("'", "&#39;")
      }"><input name="decision" value="allow">`;
      const form = `<form method="post" action="${
        address.replaceAll("&", "&amp;")
      }">${fields}<button>Win a prize</button></form>`;
      await page.goto(place.foreign(form));
      const answer = page.waitForResponse((response) => response.request().method() === "POST");
      await page.getByRole("button").click();
      assert.equal((await answer).status(), 403);
    });
  },
});

interface Visit extends AsyncDisposable {
  readonly page: Page;
  /** What the browser complained of. */
  readonly problems: readonly string[];
  /** What the client hears in the end. */
  answer(): Promise<URLSearchParams>;
}

/** A server with two people, a client of it that waits on this machine, and a browser. */
async function openPlace() {
  const stack = new AsyncDisposableStack();
  const cheap = { logN: 4, r: 8, p: 1 };
  const entries = Object.entries(PASSWORDS).map(async ([name, password]) =>
    `${name}=${await hashPassword(password, cheap)}`
  );
  const users = (await Promise.all(entries)).join(",");
  const { url } = stack.use(await openHttpApp(() => ({ MCP_USERS: users })));
  let foreignPage = "";
  const answers: URLSearchParams[] = [];
  const client = stack.use(
    Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
      const { pathname, searchParams } = new URL(request.url);
      if (pathname === "/callback") answers.push(searchParams);
      const html = pathname === "/callback" ? "<title>Thank you</title>" : foreignPage;
      return new Response(html, { headers: { "content-type": "text/html" } });
    }),
  );
  const { port } = client.addr;
  const redirect_uri = `http://127.0.0.1:${port}/callback`;
  const registered = await fetch(`${url}/register`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      client_name: "Editor of pictures",
      redirect_uris: ["http://127.0.0.1/callback"],
    }),
  });
  const { client_id } = await registered.json();
  const browser = await openBrowser();
  stack.defer(() => browser.close());
  return {
    url,
    /** The address of a page of somebody else: another site by its name. */
    foreign(html: string): string {
      foreignPage = html;
      return `http://localhost:${port}/`;
    },
    async visit(options: Parameters<typeof browser.newContext>[0] = {}): Promise<Visit> {
      const context = await browser.newContext({ locale: "en-GB", ...options });
      const page = await context.newPage();
      page.setDefaultTimeout(20_000);
      const problems: string[] = [];
      page.on("console", (message) => void problems.push(message.text()));
      page.on("pageerror", ({ message }) => void problems.push(message));
      const changes = { redirect_uri, resource: `${url}/mcp` };
      await page.goto(`${url}/authorize?${parametersOf(client_id, makeProof(), changes)}`);
      return {
        page,
        problems,
        async answer() {
          await page.waitForURL((address) => address.pathname === "/callback");
          return answers.at(-1)!;
        },
        [Symbol.asyncDispose]: () => context.close(),
      };
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
