/**
 * Builds what people download. `bundle` makes one JavaScript file that any Deno runs, `compile`
 * an executable of that file that needs nothing; `build` does both.
 *
 *     deno task build [--target TARGET] [--output FILE] [--no-check]
 */

import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { brotliCompressSync } from "node:zlib";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

export const BUNDLE = "dist/mcp-image-server.js";

/** Everything the server may need, and no more: it never runs a program or loads a library. */
export const PERMISSIONS: readonly string[] = [
  "--allow-env",
  "--allow-read",
  "--allow-write",
  "--allow-net",
];

/** The exit status that means "skipped": there is a bundle, but nothing to make an executable with. */
export const NO_RUNTIME = 3;

async function main(args: readonly string[]): Promise<number> {
  const { positionals: [command], values } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      target: { type: "string" },
      output: { type: "string" },
      "no-check": { type: "boolean" },
    },
  });
  if (command !== "bundle" && command !== "compile" && command !== "build") {
    console.error(
      "Usage: build.ts bundle|compile|build [--target TARGET] [--output FILE] [--no-check]",
    );
    return 2;
  }
  if (command !== "compile") {
    const output = command === "bundle" ? values.output ?? BUNDLE : BUNDLE;
    const isSound = values["no-check"] || await deno(["check", "--quiet", "main.ts"]);
    if (!isSound || !await bundle(output)) return 1;
    await report(output);
  }
  if (command === "bundle") return 0;

  const target = values.target ?? Deno.build.target;
  const executable = values.output ?? `dist/mcp-image-server${suffixOf(target)}`;
  const { status, message } = await compile(BUNDLE, executable, target);
  if (message) console.error(message);
  else await report(executable);
  return status;
}

/** Puts the program and all it imports into one file; the same source gives the same bytes. */
export async function bundle(output: string): Promise<boolean> {
  const path = resolve(ROOT, output);
  await Deno.mkdir(dirname(path), { recursive: true });
  const locked = ["--lock", "--frozen-lockfile"]; // nothing else than what was reviewed
  // The SDK for browsers is the one that asks nothing of Node, and the smaller one.
  const flags = ["--quiet", ...locked, "--minify", "--platform", "browser", "--output", output];
  if (!await deno(["bundle", ...flags, "main.ts"])) return false;
  await Deno.writeTextFile(path, quickToStart(packTexts(await Deno.readTextFile(path))));
  return true;
}

/**
 * The same program, with its long texts (the manual, the drawings, the pages) packed until they are
 * used: they take a third of the room. What is packed already stays as it is.
 */
export function packTexts(bundle: string): string {
  const text = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`(?:[^`\\$]|\\.|\$(?!\{))*`/s;
  const module = new RegExp(
    `(?<=\\(\\(?[\\w$,]*\\)?=>\\{[\\w$.]+=)(?:${text.source})(?=\\}\\))`,
    "gs",
  );
  let isAnyPacked = false;
  const packed = bundle.replaceAll(module, (literal) => {
    if (literal.length < SHORTEST_PACKED) return literal;
    const whole: string = new Function(`return ${literal}`)();
    const shorter = `unpackedText("${brotliCompressSync(whole).toString("base64")}")`;
    if (shorter.length > literal.length * 0.8) return literal;
    isAnyPacked = true;
    return shorter;
  });
  return isAnyPacked ? `${UNPACKED_TEXT}\n${packed}` : bundle;
}

/** In characters. */
const SHORTEST_PACKED = 2_000;

const UNPACKED_TEXT = `const unpackedText=base64=>new TextDecoder().decode(
globalThis.process.getBuiltinModule("node:zlib").brotliDecompressSync(Uint8Array.fromBase64(base64)));`;

/**
 * The same program, with the first answer after half the time. A bundle imports at its head what any
 * part of it needs of Node, so that Node's half of Deno would be loaded at every start: here it is
 * loaded when it is used. A text with nothing but ASCII takes half the memory, and V8 reads it sooner.
 */
export function quickToStart(bundle: string): string {
  const imports =
    /(?<=^|[;}\n])import(?:\{([^{}]*)\}|\s*([\w$]+)|\s*\*\s*as\s+([\w$]+))\s*from"(node:[a-z_/]+)";/g;
  const deferred = bundle.replaceAll(
    imports,
    (_, names: string | undefined, whole: string | undefined, all: string | undefined, module) => {
      const bindings = names === undefined ? whole ?? all : `{${names.replaceAll(/ as /g, ":")}}`;
      return `const ${bindings}=nodeModuleAtFirstUse("${module}");`;
    },
  );
  const escaped = deferred.replaceAll(/[^\0-\x7f]/g, (character) => {
    const code = character.charCodeAt(0).toString(16).padStart(4, "0");
    return `\\u${code}`;
  });
  return `${NODE_MODULE_AT_FIRST_USE}\n${REQUIRE}\n${escaped}`;
}

/**
 * An object each member of which stands for the same one of a module of Node's, and loads it. The
 * functions of an object such as `performance` are called as its own.
 */
const NODE_MODULE_AT_FIRST_USE = `const nodeModuleAtFirstUse=module=>new Proxy({},{get(_,name){
const real=()=>globalThis.process.getBuiltinModule(module)[name];
return new Proxy(function(){},{
get(_,member){const owner=real(),value=owner[member];
return typeof value==="function"&&typeof owner==="object"?value.bind(owner):value},
apply:(_,self,args)=>Reflect.apply(real(),self,args),
construct:(_,args)=>Reflect.construct(real(),args)});}});`;

/** What a CommonJS package within the bundle asks for modules of Node's, which alone are not in it. */
const REQUIRE = `const require=module=>globalThis.process.getBuiltinModule(module);`;

/**
 * Compiles a bundle to an executable.
 * @returns status 0, or `NO_RUNTIME` where Deno's runtime for `target` cannot be had, or another
 * failure; and what to tell the person.
 */
export async function compile(
  source: string,
  output: string,
  target: string = Deno.build.target,
): Promise<{ readonly status: number; readonly message?: string }> {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "compile",
      "--no-check",
      "--no-config", // The bundle needs none, and a configuration's paths would be baked in.
      "--no-lock",
      "--no-prompt",
      "--unstable-no-legacy-abort",
      ...PERMISSIONS,
      "--target",
      target,
      "--output",
      output,
      source,
    ],
    cwd: ROOT,
    stdout: "null",
    stderr: "piped",
  }).output();
  const words = new TextDecoder().decode(stderr);
  if (code === 0) return { status: 0 };
  if (!/base binary|denort/.test(words)) return { status: code, message: words };
  const { deno: version } = Deno.version;
  const message =
    "No executable was made, because Deno's release server, which has the runtime for it, cannot " +
    `be reached: put denort-${target}.zip of Deno ${version} into $DENO_DIR/dl/release/` +
    `v${version}/ or name an unpacked denort in DENORT_BIN (the bundle ${source} is complete)`;
  return { status: NO_RUNTIME, message };
}

/** What the name of an executable ends in. */
export function suffixOf(target: string): string {
  return target.includes("windows") ? ".exe" : "";
}

async function report(file: string): Promise<void> {
  const bytes = await Deno.readFile(resolve(ROOT, file));
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  console.log(`${file}  ${(bytes.length / 1e6).toFixed(2)} MB  sha256 ${hash}`);
}

async function deno(args: readonly string[]): Promise<boolean> {
  const process = new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: ROOT,
    stdout: "inherit",
    stderr: "inherit",
  });
  return (await process.output()).success;
}

// Last, since all constants of the file must be there.
if (import.meta.main) Deno.exit(await main(Deno.args));
