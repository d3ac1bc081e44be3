/** A browser with an app that shows views, in front of a server in this process. */

import axe from "npm:axe-core@4.14.1";
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { Frame, Page } from "playwright-core";
import { connectTestClient, openTestApp, type TestClient } from "../../support/app.ts";
import { openBrowser } from "../../support/browser.ts";
import { until } from "../../support/wait.ts";
import { SHOWS_VIEWS } from "../../support/views.ts";

/** A host that does all that a view may ask for. */
export const ABLE = {
  serverTools: {},
  serverResources: {},
  message: {},
  updateModelContext: {},
  openLinks: {},
  downloadFile: {},
};

export interface HostOptions {
  readonly capabilities?: object;
  readonly context?: object;
  readonly silent?: boolean;
  /** Of the host's window, in pixels. */
  readonly width?: number;
  /** Stands in for the server. */
  readonly answer?: (method: string, params: Params) => unknown;
}

export interface Params {
  readonly name?: string;
  readonly uri?: string;
  readonly arguments?: Readonly<Record<string, unknown>>;
}

export interface Asked {
  readonly what: string;
  // deno-lint-ignore no-explicit-any
  readonly params: any;
}

/** One browser and one server for as many hosts as a test opens. */
export async function openViewPlace() {
  const stack = new AsyncDisposableStack();
  const { app } = stack.use(await openTestApp());
  const client = stack.use(await connectTestClient(app, { capabilities: SHOWS_VIEWS }));
  const { tools } = await client.client.listTools();
  const uri = String((tools[0]!._meta?.ui as { resourceUri: string }).resourceUri);
  const { contents: [view] } = await client.client.readResource({ uri });
  const { text: html, _meta: meta } = view as unknown as { text: string; _meta: Meta };
  const script = await bundledHost();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async ({ url }) => {
    const { pathname } = new URL(url);
    if (pathname === "/host.js") return asset(script, "text/javascript");
    if (pathname === "/") return asset(HOST);
    if (pathname !== "/sandbox") return new Response(null, { status: 404 });
    const sandbox = await Deno.readTextFile(new URL("sandbox.html", import.meta.url));
    return asset(sandbox, "text/html", { "Content-Security-Policy": policyOf(meta) });
  });
  stack.defer(() => server.shutdown());
  const browser = await openBrowser();
  stack.defer(() => browser.close());
  const { port } = server.addr;

  const context = await browser.newContext({ locale: "en-GB", permissions: ["clipboard-read"] });
  const problems: string[] = [];
  let answer: Required<HostOptions>["answer"];

  async function openPage(): Promise<Page> {
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    page.on("console", (message) => {
      if (message.type() === "error") problems.push(message.text());
    });
    page.on("pageerror", ({ message }) => void problems.push(message));
    await page.exposeFunction(
      "callServer",
      (method: string, params: Params) => answer(method, params),
    );
    await page.goto(`http://127.0.0.1:${port}/`);
    await page.waitForFunction(() => "showView" in globalThis);
    return page;
  }
  const page = await openPage();

  return {
    client,
    /** Shows the view anew, in place of the one before. */
    async host(options: HostOptions = {}) {
      const { capabilities = ABLE, context = {}, silent = false, width = 720 } = options;
      answer = options.answer ?? ((method, params) => forward(client, method, params));
      problems.length = 0;
      await page.setViewportSize({ width, height: 900 });
      await page.evaluate(
        (shown) => (globalThis as unknown as Host).showView(shown),
        {
          ...{ meta, capabilities, silent, context },
          html: html.replace("<head>", `<head><script>${LONG_TIMERS}</script>`),
          sandbox: `http://localhost:${port}/sandbox`, // another origin
        },
      );
      const view = await until(
        "the view",
        () => page.frames().find((frame) => frame.parentFrame()?.parentFrame()),
      );
      return hostOf(page, view, problems, client);
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** Before the view: holds its timers of ten seconds and more until the test lets them end. */
const LONG_TIMERS = `
  const short = setTimeout;
  const long = [];
  globalThis.setTimeout = (act, wait, ...rest) =>
    wait >= 10_000 ? long.push(act) : short(act, wait, ...rest);
  globalThis.passTime = () => long.splice(0).forEach((act) => act());
`;

const HOST = "<!DOCTYPE html><link rel=icon href=data:,><script type=module src=host.js></script>";

function hostOf(page: Page, view: Frame, problems: readonly string[], client: TestClient) {
  const send = (method: string, params: object) =>
    page.evaluate(
      ([method, params]) => (globalThis as unknown as Host).bridge[method]!(params),
      [method, params] as const,
    );
  return {
    page,
    /** The document of the view. */
    view,
    problems,
    send,
    /** Has the model call a tool, with the view in the conversation. */
    async call(name: string, args: Record<string, unknown>) {
      await send("sendToolInput", { arguments: args });
      const result = await client.client.callTool({ name, arguments: args });
      await send("sendToolResult", result);
      return result.structuredContent as { images: { id: string }[]; next_cursor?: string };
    },
    /** Lets the time pass that the view waits for what takes long. */
    passTime: () => view.evaluate("passTime()"),
    button: (name: string | RegExp) => view.getByRole("button", { name, exact: true }),
    asked: async (what: string): Promise<readonly Asked[]> =>
      (await page.evaluate(() => (globalThis as unknown as Host).asked))
        .filter((each) => each.what === what),
    /** By the rules of WCAG that a program can check. */
    async hasNoFaults() {
      await view.evaluate((axe as unknown as { source: string }).source);
      const found = await view.evaluate("axe.run()") as {
        violations: { id: string; nodes: { html: string }[] }[];
      };
      assert.deepEqual(found.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`), []);
    },
  };
}

/** The view's script has been run, and its picture is one. */
export async function seesPicture(view: Frame, selector = "img.large"): Promise<number> {
  const image = view.locator(selector).first();
  await image.waitFor();
  return await image.evaluate(async (element) => {
    const image = element as unknown as { decode(): Promise<void>; naturalWidth: number };
    await image.decode();
    return image.naturalWidth;
  });
}

interface Meta {
  readonly ui: { readonly csp: Readonly<Record<string, readonly string[]>> };
}

/** What the page of `host.js` has. */
interface Host {
  readonly showView: (shown: object) => Promise<void>;
  readonly asked: readonly Asked[];
  readonly bridge: Readonly<Record<string, (params: object) => Promise<unknown>>>;
}

/**
 * The specification's policy, where even the view's own origin is nothing: of what is declared, and
 * `data:` pictures, which ChatGPT and Claude allow without being asked.
 */
function policyOf({ ui: { csp } }: Meta): string {
  const of = (name: string) => csp[name]!.join(" ") || "'none'";
  const resources = csp.resourceDomains!.join(" ");
  return [
    "default-src 'none'",
    `script-src 'unsafe-inline' ${resources}`,
    `style-src 'unsafe-inline' ${resources}`,
    `img-src data: ${resources}`,
    `media-src data: ${resources}`,
    `font-src ${of("resourceDomains")}`,
    `connect-src ${of("connectDomains")}`,
    `frame-src ${of("frameDomains")}`,
    `base-uri ${of("baseUriDomains")}`,
    "object-src 'none'",
    "form-action 'none'",
  ].join("; ");
}

async function forward({ client }: TestClient, method: string, params: Params): Promise<unknown> {
  if (method === "resources/read") return await client.readResource({ uri: params.uri! });
  return await client.callTool({ name: params.name!, arguments: { ...params.arguments } });
}

async function bundledHost(): Promise<string> {
  const args = ["bundle", "--quiet", "--platform", "browser"];
  const path = fileURLToPath(new URL("host.js", import.meta.url));
  const process = new Deno.Command(Deno.execPath(), { args: [...args, path] });
  const { success, stdout, stderr } = await process.output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

function asset(body: string, type = "text/html", headers: Record<string, string> = {}): Response {
  return new Response(body, { headers: { "Content-Type": `${type}; charset=utf-8`, ...headers } });
}
