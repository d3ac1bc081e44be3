/** The rules that keep the source readable: who may import whom, and one door to each outside thing. */

import assert from "node:assert/strict";
import { dirname, join, normalize, relative } from "node:path/posix";
import { fileURLToPath } from "node:url";
import { PROVIDERS } from "../src/providers/registry.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const sources = await readSources();

Deno.test("imports point one way", () => {
  const wrong = eachImport().flatMap(([from, to]) => {
    const allowed = ALLOWED[partOf(from)];
    if (!allowed) return [`${from}: no rule for its part '${partOf(from)}'`];
    return allowed.includes(partOf(to)) || partOf(from) === partOf(to) ? [] : [`${from} → ${to}`];
  });
  assert.deepEqual(wrong, []);
});

Deno.test("no file imports itself by a detour", () => {
  const graph = Map.groupBy(eachImport(), ([from]) => from);
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (file: string, path: readonly string[]) => {
    if (path.includes(file)) cycles.push([...path.slice(path.indexOf(file)), file].join(" → "));
    if (done.has(file) || path.includes(file)) return;
    for (const [, to] of graph.get(file) ?? []) visit(to, [...path, file]);
    done.add(file);
  };
  for (const file of sources.keys()) visit(file, []);
  assert.deepEqual(cycles, []);
});

Deno.test("no source file has more than 300 lines", () => {
  const long = [...sources].map(([file, text]) => [file, text.split("\n").length - 1] as const)
    .filter(([, lines]) => lines > 300);
  assert.deepEqual(long, []);
});

Deno.test("the environment is read in main.ts only", () => {
  assert.deepEqual(filesWith(/Deno\s*\.\s*env\b|process\s*\.\s*env\b/), ["main.ts"]);
});

Deno.test("npm packages come in through src/dependencies only, each at an exact version", () => {
  const outside = filesWith(/["']npm:/).filter((file) => !file.startsWith("src/dependencies/"));
  assert.deepEqual(outside, []);
  const loose = [...sources].filter(([file]) => file.startsWith("src/dependencies/"))
    .flatMap(([file, text]) =>
      [...text.matchAll(/["'](npm:[^"']+)["']/g)].map((match) => [file, match[1]!])
    )
    .filter(([, specifier]) => !/^npm:(@[^/@]+\/)?[^/@]+@\d+\.\d+\.\d+(\/.*)?$/.test(specifier!));
  assert.deepEqual(loose, []);
});

Deno.test("nothing is imported by a name that needs an import map", () => {
  // The page is bundled before, with a configuration of its own.
  const others = [...sources].filter(([file]) => !file.startsWith("src/page/"));
  const bare = others.flatMap(([file, text]) =>
    specifiersIn(text).filter((each) => !/^(\.{1,2}\/|node:|npm:)/.test(each)).map((each) =>
      `${file}: ${each}`
    )
  );
  assert.deepEqual(bare, []);
});

Deno.test("nothing relies on lying in a folder on disk", () => {
  assert.deepEqual(filesWith(/import\.meta\.(dirname|filename)/), []);
});

Deno.test("the first answers wait neither for the SDK, nor for zod, nor for Node's half of Deno", () => {
  const loaded = [...loadedBy("main.ts"), ...loadedBy("src/commands/serve.ts")];
  assert.ok(loaded.includes("src/mcp/declarations/tools.ts"));
  assert.deepEqual(loaded.filter((each) => /^(node|npm):/.test(each)), []);
  assert.ok(new Set(loaded).size <= 44, `${new Set(loaded).size} files are loaded`);
});

Deno.test("the list of prompts waits for none of these either", () => {
  const files = [
    "src/config/save_directory.ts",
    "src/app/templates.ts",
    "src/mcp/listed_prompts.ts",
  ];
  const loaded = files.flatMap((file) => [...loadedBy(file)]);
  assert.ok(loaded.includes("src/service/templates/built_in.ts"));
  assert.deepEqual(loaded.filter((each) => /^(node|npm):/.test(each)), []);
});

Deno.test("what calls a vendor is loaded at the first call, so that providers cost the start little", () => {
  const loaded = [...loadedBy("src/providers/registry.ts")];
  assert.ok(loaded.includes("src/providers/openai/provider.ts"));
  const late = /^(node|npm):|^src\/(providers\/http|dependencies\/.*)\.ts$/;
  assert.deepEqual(loaded.filter((each) => late.test(each)), []);
});

Deno.test("what a file exports is imported by another, or the table tells what else it is for", () => {
  const importers = Map.groupBy(eachImport(), ([, to]) => to);
  const unused = [...sources].flatMap(([file, text]) =>
    exportsOf(text).filter((name) => {
      const word = new RegExp(`\\b${name}\\b`);
      return !importers.get(file)?.some(([from]) => word.test(sources.get(from)!));
    }).map((name) => `${file} ${name}`)
  );
  assert.deepEqual(unused.sort(), Object.keys(FOR_TESTS_AND_TOOLS).sort());
});

/** Exports that no other source file imports, each with what they are for. */
const FOR_TESTS_AND_TOOLS: Readonly<Record<string, string>> = {
  "src/authorization/access_token.ts ALGORITHMS": "a test signs with each",
  "src/authorization/remote_issuer.ts metadataAddresses":
    "the orders that two specifications name are tested by themselves",
  "src/commands/doctor/providers.ts whyUnreachable": "tests hold every sentence of it to a failure",
  "src/commands/edit.ts regionsIn": "the written form of regions is tested by itself",
  "src/commands/upkeep.ts sweep": "a test sweeps a month later",
  "src/config/trust.ts DECIDES": "a test holds it to the settings there are",
  "src/errors.ts ERROR_CODES": "the manual lists them",
  "src/http/limits/rate_limit.ts createRateLimit":
    "the limit is tested with a clock and without a server",
  "src/images/svg/packed.ts DIGITS": "the tool that packs assets writes with them",
  "src/images/workers.ts closeImageWorkers": "tests end them before they look for leaks",
  "src/images/workers.ts imageWorkersLoad": "tests wait until a worker is busy or rests",
  "src/images/workers.ts restImageWorkers": "tests of a file share workers",
  "src/manual/html.ts anchors": "the links of the manual are tested with them",
  "src/mcp/methods.ts TOOLS": "the manual and the tests go through all of them",
  "src/page/batch.ts MOST_REQUESTS": "a test passes the limit",
  "src/page/batch.ts requestsOf": "what a form asks for is tested without a page",
  "src/page/view/document.ts viewDocument": "the tool that builds the view writes it",
  "src/providers/registry.ts providerVariables": "a release names them in its manifest",
  "src/providers/tc3.ts tc3Signature": "the vendor's examples give its steps",
  "src/requests/adapt_inputs.ts MAX_INPUT_BYTES_IN_ALL": "a test comes near the limit",
  "src/storage/save_copy.ts saveCopy": "the names of copies are tested by themselves",
};

/**
 * The names that a file exports. A type that its own signatures name is not among them: who calls
 * those may want to name it, too.
 */
function exportsOf(text: string): readonly string[] {
  const declared = text.matchAll(
    /^export (?:abstract )?(?:async )?(?:const|let|function\*?|class|interface|type) (\w+)/gm,
  );
  const listed = [...text.matchAll(/^export (?:type )?\{([^}]*)\}/gm)].flatMap(([, list]) =>
    list!.split(",").map((each) => each.trim().replace(/^type |^.* as /g, "")).filter(Boolean)
  );
  const body = text.replace(/^(?:import|export)\b[^;]*?\bfrom\s+"[^"]+";/gm, "");
  const isNamedInside = (name: string) => body.split(new RegExp(`\\b${name}\\b`)).length > 2;
  const isType = (name: string) =>
    new RegExp(`^export (interface|type) ${name}\\b`, "m").test(text);
  return [...declared].map((match) => match[1]!).filter((name) =>
    !isType(name) || !isNamedInside(name)
  )
    .concat(listed.filter((name) => name !== "default" && !body.includes(name)));
}

for (const { name } of PROVIDERS) {
  Deno.test(`${name} is named in its own files and the registry only`, () => {
    const named = new RegExp(`["'\`/]${name}(?![a-z])`, "i");
    const others = [...sources]
      .filter(([file]) => !file.startsWith(`src/providers/${name}`))
      .filter(([file]) => file !== "src/providers/registry.ts")
      // A client that is connected may have a vendor's name, too.
      .filter(([file]) => !file.startsWith("src/commands/init/"))
      // So may an app that shows the view.
      .filter(([file]) => file !== "src/mcp/view/view.ts")
      // Engines and hosts that run everybody's weights know those by the names of their families.
      .filter(([file]) => !WITH_WEIGHTS.test(file))
      .flatMap(([file, text]) =>
        text.split("\n").filter((line) => named.test(line) && !isWords(line)).map((line) =>
          `${file}: ${line.trim()}`
        )
      );
    assert.deepEqual(others, []);
  });
}

const WITH_WEIGHTS = /^src\/providers\/(sdwebui|comfyui|fal|replicate)\//;

/** Comments and examples in texts may name vendors; code that decides by a name may not. */
function isWords(line: string): boolean {
  return /^\s*(\/\/|\/?\*)/.test(line) || /example: /.test(line);
}

/** What each part may import beside itself; each layer may use those below it. */
const BASE = [
  "bytes",
  "result_within",
  "room",
  "errors",
  "json",
  "log",
  "secrets",
  "printable",
  "sleep",
  "metrics",
  "version",
  "variables",
  "dependencies",
];
const LAYERS = ["storage", "images", "requests", "providers", ...BASE];
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  bytes: [],
  room: [],
  dependencies: [],
  errors: ["printable"],
  json: [],
  secrets: [],
  printable: [],
  sleep: [],
  version: [],
  metrics: [],
  variables: ["errors", "printable", "secrets"],
  log: ["secrets", "printable"],
  config: ["variables", "errors", "log", "printable", "dependencies"],
  manual: ["errors", "dependencies"],
  page: [],
  images: BASE,
  providers: ["images", ...BASE],
  requests: ["providers", ...BASE],
  storage: ["requests", "providers", "images", ...BASE],
  inputs: LAYERS,
  authorization: ["inputs", "config", ...LAYERS],
  jobs: LAYERS,
  service: ["inputs", "jobs", ...LAYERS],
  mcp: ["service", "jobs", "config", "manual", ...LAYERS],
  http: ["authorization", "mcp", "service", "jobs", "config", "manual", ...LAYERS],
  app: ["authorization", "mcp", "service", "jobs", "config", ...LAYERS],
  commands: [
    "app",
    "http",
    "authorization",
    "mcp",
    "service",
    "jobs",
    "config",
    "manual",
    ...LAYERS,
  ],
  main: ["commands", "config", "printable", "version"],
};

/**
 * "src/mcp/tools/tool.ts" → "mcp"; "src/app.ts" → "app"; "main.ts" → "main". How a variable is
 * declared is a part of its own, since providers declare theirs and read nothing else of `config`.
 */
function partOf(file: string): string {
  if (file === "src/config/variables.ts") return "variables";
  return file.replace(/^src\//, "").replace(/[/.].*$/, "");
}

/** Every import of one source file by another, types included. */
function eachImport(): readonly (readonly [from: string, to: string])[] {
  return [...sources].flatMap(([file, text]) =>
    specifiersIn(text)
      .filter((specifier) => /^\.{1,2}\/.*\.tsx?$/.test(specifier))
      .map((specifier) => [file, normalize(join(dirname(file), specifier))] as const)
  );
}

/** What the statements of a file import, and what it imports while running. */
function specifiersIn(text: string): readonly string[] {
  const patterns = [/^(?:import|export)\b[^;]*?\bfrom\s+"([^"]+)"/gm, /\bimport\(\s*"([^"]+)"/g];
  return patterns.flatMap((pattern) => [...text.matchAll(pattern)].map((match) => match[1]!));
}

/** All that a file cannot be run without, itself included. */
function loadedBy(file: string, seen: Set<string> = new Set()): ReadonlySet<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const specifier of loadedWith(sources.get(file) ?? "")) {
    const isFile = specifier.startsWith(".");
    loadedBy(isFile ? normalize(join(dirname(file), specifier)) : specifier, seen);
  }
  return seen;
}

/** What a file names for that; types are not there any more by then. */
function loadedWith(text: string): readonly string[] {
  return [...text.matchAll(/^(?:import|export)\b(?! type\b)[^;]*?\bfrom\s+"([^"]+)"/gm)]
    .map((match) => match[1]!);
}

function filesWith(pattern: RegExp): readonly string[] {
  return [...sources].filter(([, text]) => pattern.test(text)).map(([file]) => file);
}

async function readSources(): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  const read = async (path: string) => {
    const name = relative(ROOT.replaceAll("\\", "/"), path.replaceAll("\\", "/"));
    found.set(name, await Deno.readTextFile(path));
  };
  const walk = async (folder: string) => {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      if (isDirectory) await walk(join(folder, name));
      else if (/\.tsx?$/.test(name)) await read(join(folder, name));
    }
  };
  await walk(join(ROOT, "src"));
  await read(join(ROOT, "main.ts"));
  return found;
}
