/**
 * Runs the protocol's official checks: everything a revision requires, against
 * this project's HTTP layer around the suite's own fixtures; then whatever needs
 * no fixtures, against the real server. Ends with 1 when a scored check fails.
 */

import { fileURLToPath } from "node:url";
import { USERS } from "../authorization/support.ts";
import { testServer } from "../http/support.ts";
import { openHttpApp } from "../support/http_app.ts";
import { makeFixtureServer } from "./fixtures.ts";

const SUITE = "npm:@modelcontextprotocol/conformance@0.2.0-alpha.12";
const MAIN = new URL("../../main.ts", import.meta.url).href;
const NEEDS_FIXTURES = fileURLToPath(new URL("needs_fixtures.yml", import.meta.url));

interface Run {
  readonly title: string;
  readonly options: readonly string[];
}

interface Outcome extends Run {
  readonly isPassed: boolean;
  readonly output: string;
  readonly seconds: number;
}

/** Every scored scenario of a revision. */
const REQUIRED: readonly Run[] = ["2025-11-25", "2026-07-28"].map((revision) => ({
  title: `all that ${revision} requires`,
  options: ["--requirements", revision],
}));

const FIXTURE_FREE: Readonly<Record<string, readonly string[]>> = {
  "2025-11-25": [
    "server-initialize",
    "ping",
    "tools-list",
    "resources-list",
    "prompts-list",
    "dns-rebinding-protection",
    "server-sse-multiple-streams",
    "server-session-lifecycle",
  ],
  "2026-07-28": [
    "tools-list",
    "resources-list",
    "prompts-list",
    "dns-rebinding-protection",
    "caching",
    "sep-2164-resource-not-found",
    "http-header-validation",
    "server-sse-multiple-streams",
    "input-required-result-unsupported-methods",
    "server-stateless",
  ],
};

/** The scenario of which four checks ask for fixtures. */
const PARTLY = "server-stateless";

/** The scenarios the real server can be held to, one by one. */
const SINGLE: readonly Run[] = Object.entries(FIXTURE_FREE).flatMap(([revision, scenarios]) =>
  scenarios.map((scenario) => ({
    title: `${revision} ${scenario}${scenario === PARTLY ? ", but for needs_fixtures.yml" : ""}`,
    options: [
      ...["--scenario", scenario, "--spec-version", revision],
      ...(scenario === PARTLY ? ["--expected-failures", NEEDS_FIXTURES] : []),
    ],
  }))
);

async function main(): Promise<number> {
  const outcomes = [
    ...await checkFixtureServer(),
    ...await checkRealServer(),
    ...await checkAuthorizationServer(),
  ];
  const failed = outcomes.filter(({ isPassed }) => !isPassed);
  for (const { title, output } of failed) console.error(`\n--- ${title}\n${output}`);
  console.log(`\n${outcomes.length - failed.length} runs passed, ${failed.length} failed`);
  return failed.length === 0 ? 0 : 1;
}

async function checkFixtureServer(): Promise<readonly Outcome[]> {
  await using server = testServer({}, { makeServer: makeFixtureServer });
  console.log("The suite's fixtures behind this project's HTTP layer");
  return await runAll(REQUIRED, server.url);
}

async function checkRealServer(): Promise<readonly Outcome[]> {
  await using server = await startRealServer();
  console.log("The real server");
  return await runAll(SINGLE, server.url);
}

async function checkAuthorizationServer(): Promise<readonly Outcome[]> {
  const users = USERS.map(({ name, passwordHash }) => `${name}=${passwordHash}`).join(",");
  await using app = await openHttpApp(() => ({ MCP_USERS: users }));
  console.log("The authorization server");
  const scenario = "authorization-server-metadata-endpoint";
  return await runAll([{ title: scenario, options: ["--scenario", scenario] }], app.url, [
    "authorization",
    "--url",
    app.url,
  ]);
}

async function runAll(
  runs: readonly Run[],
  url: string,
  command: readonly string[] = ["server", "--url", `${url}/mcp`],
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const run of runs) {
    const outcome = await runSuite(run, command);
    const { title, isPassed, seconds, output } = outcome;
    const mark = isPassed ? "ok    " : "FAILED";
    console.log(`  ${mark} ${title} (${totals(output)}; ${seconds.toFixed(1)} s)`);
    outcomes.push(outcome);
  }
  return outcomes;
}

/** What the suite counted, and what of it does not count. */
function totals(output: string): string {
  const all = /^(?:Total|Passed): *(.*)$/m.exec(output)?.[1] ?? "no totals";
  const unscored = /^Not scored .*: (\d+ scenario.*, \d+ failing)\./m.exec(output)?.[1];
  return unscored === undefined ? all : `${all}; of these not scored: ${unscored}`;
}

async function runSuite(run: Run, command: readonly string[]): Promise<Outcome> {
  const began = performance.now();
  const folder = await Deno.makeTempDir({ prefix: "conformance-" });
  try {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", SUITE, ...command, ...run.options],
      cwd: folder,
      env: { NO_COLOR: "1" },
    }).output();
    const text = new TextDecoder();
    const output = text.decode(stdout) + text.decode(stderr);
    return { ...run, isPassed: code === 0, output, seconds: (performance.now() - began) / 1000 };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

interface RealServer extends AsyncDisposable {
  readonly url: string;
}

/** main.ts as a user without keys starts it, on a free port and in a folder of its own. */
async function startRealServer(): Promise<RealServer> {
  const folder = await Deno.makeTempDir({ prefix: "conformance-server-" });
  const inherited = Object.entries(Deno.env.toObject())
    .filter(([name]) => /^(PATH|HOME|USERPROFILE|DENO_|TEMP|TMP|SYSTEMROOT)/i.test(name));
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", MAIN, "serve", "--transport", "http", "--port", "0"],
    cwd: folder,
    clearEnv: true,
    env: { ...Object.fromEntries(inherited), MCP_IMAGE_SAVE_DIR: folder },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const stop = async () => {
    process.kill("SIGTERM");
    await process.status;
    await Deno.remove(folder, { recursive: true });
  };
  const url = await listeningAddress(process.stderr);
  if (url !== undefined) return { url, [Symbol.asyncDispose]: stop };
  const { code } = await process.status;
  throw new Error(`The server ended with ${code} before it listened`);
}

/** The address out of the log; what is logged after it is thrown away. */
async function listeningAddress(stderr: ReadableStream<Uint8Array>): Promise<string | undefined> {
  const lines = stderr.pipeThrough(new TextDecoderStream());
  const reader = lines.getReader();
  let log = "";
  while (true) {
    const { done, value } = await reader.read();
    log += value ?? "";
    const address = /listening address=(\S+)/.exec(log)?.[1];
    if (address !== undefined) {
      reader.releaseLock();
      void lines.pipeTo(new WritableStream()).catch(() => {});
      return address;
    }
    if (done) {
      console.error(log);
      return undefined;
    }
  }
}

if (import.meta.main) Deno.exit(await main());
