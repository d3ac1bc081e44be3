/** Chromium, for tests of pages; they are left out where there is none. */

import type { Browser } from "playwright-core";

const PATHS = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

export async function openBrowser(): Promise<Browser> {
  const { chromium } = await import("playwright-core");
  // Without the sandbox it runs as root, too; it sees nothing but the tests' own pages.
  return await chromium.launch({ executablePath: await browserPath(), args: ["--no-sandbox"] });
}

/** Where it is; undefined where there is none. */
export async function browserPath(): Promise<string | undefined> {
  for (const path of PATHS) {
    if (await Deno.stat(path).then(({ isFile }) => isFile, () => false)) return path;
  }
}
