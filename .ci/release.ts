/**
 * Completes a folder of built programs to what a release publishes: a double-click package of
 * each executable, `server.json` for the MCP registry, and `SHA256SUMS` of everything.
 *
 *     deno run -A .ci/release.ts FOLDER --tag v1.2.3 --repository owner/name
 */

import { zipSync } from "fflate";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { billOfMaterials } from "./bill_of_materials.ts";
import { serverVariables } from "../src/config/settings.ts";
import { providerVariables } from "../src/providers/registry.ts";
import type { Variables } from "../src/config/variables.ts";
import { VERSION } from "../src/version.ts";
import { suffixOf } from "./build.ts";

const NAME = "mcp-image-server";
const TITLE = "Image server";
/** The registry takes at most 100 characters. */
const DESCRIPTION =
  "Pictures from Tencent Hunyuan, OpenAI GPT Image and Doubao Seedream, in one file";

/** The systems a release is for: the name in its file, Deno's target, Node's platform. */
export const SYSTEMS = {
  "linux-x64": { target: "x86_64-unknown-linux-gnu", platform: "linux" },
  "linux-arm64": { target: "aarch64-unknown-linux-gnu", platform: "linux" },
  "macos-x64": { target: "x86_64-apple-darwin", platform: "darwin" },
  "macos-arm64": { target: "aarch64-apple-darwin", platform: "darwin" },
  "windows-x64": { target: "x86_64-pc-windows-msvc", platform: "win32" },
  "windows-arm64": { target: "aarch64-pc-windows-msvc", platform: "win32" },
} as const;

export type System = keyof typeof SYSTEMS;

if (import.meta.main) Deno.exit(await main(Deno.args));

async function main(args: readonly string[]): Promise<number> {
  const { positionals: [folder], values: { tag, repository } } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { tag: { type: "string" }, repository: { type: "string" } },
  });
  if (!folder || !tag || !repository) {
    console.error("Usage: release.ts FOLDER --tag v1.2.3 --repository owner/name");
    return 2;
  }
  if (tag !== `v${VERSION}`) {
    console.error(`The tag ${tag} must be v${VERSION}, as deno.json has it`);
    return 1;
  }
  await completeRelease(folder, repository);
  return 0;
}

/** The file name of the executable for a system. */
export function executableName(system: System): string {
  return `${NAME}-${system}${suffixOf(SYSTEMS[system].target)}`;
}

/**
 * Adds packages, `server.json`, the bill of materials and `SHA256SUMS` to a folder that has all
 * executables and the bundle.
 */
export async function completeRelease(folder: string, repository: string): Promise<void> {
  const packages: PackageFile[] = [];
  for (const system of Object.keys(SYSTEMS) as System[]) {
    const executable = await Deno.readFile(join(folder, executableName(system)));
    const name = `${NAME}-${system}.mcpb`;
    const bytes = packageOf(system, executable);
    await Deno.writeFile(join(folder, name), bytes);
    packages.push({ name, sha256: await sha256(bytes) });
  }
  const server = JSON.stringify(serverJson(packages, repository), null, 2);
  await Deno.writeTextFile(join(folder, "server.json"), server + "\n");
  await Deno.writeTextFile(join(folder, `${NAME}.cdx.json`), await billOfMaterials());
  await Deno.writeTextFile(join(folder, "SHA256SUMS"), await checksums(folder));
}

/** A zip of the executable and the manifest that tells a client how to start it. */
function packageOf(system: System, executable: Uint8Array): Uint8Array<ArrayBuffer> {
  const { target, platform } = SYSTEMS[system];
  const program = `server/${NAME}${suffixOf(target)}`;
  const manifest = JSON.stringify(manifestOf(program, platform), null, 2);
  const isUnix = { os: 3, attrs: 0o100755 << 16 };
  // A fixed time, so that the same executable gives the same package.
  const mtime = new Date("2000-01-01T00:00:00");
  return zipSync({
    "manifest.json": [new TextEncoder().encode(manifest), { mtime }],
    [program]: [executable, { ...isUnix, mtime, level: 6 }],
  });
}

function manifestOf(program: string, platform: string) {
  const keys = Object.entries(providerVariables).filter(([, { secret }]) => secret);
  const ask = Object.fromEntries(keys.map(([name, { description }]) => [
    name.toLowerCase(),
    // The default keeps a client from handing on the words of an unfilled reference.
    { type: "string", title: name, description, sensitive: true, required: false, default: "" },
  ]));
  const env = Object.fromEntries(
    keys.map(([name]) => [name, `\${user_config.${name.toLowerCase()}}`]),
  );
  return {
    manifest_version: "0.3",
    name: NAME,
    display_name: TITLE,
    version: VERSION,
    description: DESCRIPTION,
    author: { name: `The ${NAME} authors` },
    license: "MIT",
    server: {
      type: "binary",
      entry_point: program,
      mcp_config: {
        command: `\${__dirname}/${program}`,
        args: ["serve", "--transport", "stdio"],
        env: { MCP_IMAGE_SAVE_DIR: "${user_config.pictures}", ...env },
      },
    },
    tools_generated: true,
    prompts_generated: true,
    compatibility: { platforms: [platform] },
    user_config: {
      pictures: {
        type: "directory",
        title: "Pictures",
        description: serverVariables.MCP_IMAGE_SAVE_DIR.description,
        required: false,
        default: "${HOME}/Pictures",
      },
      ...ask,
    },
  };
}

interface PackageFile {
  readonly name: string;
  readonly sha256: string;
}

function serverJson(packages: readonly PackageFile[], repository: string) {
  const [owner] = repository.split("/");
  const site = `https://github.com/${repository}`;
  const { MCP_IMAGE_SAVE_DIR, MCP_ENV_FILE } = serverVariables;
  const environmentVariables = describe({
    MCP_IMAGE_SAVE_DIR,
    MCP_ENV_FILE,
    ...providerVariables,
  });
  return {
    $schema: "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json",
    name: `io.github.${owner}/${NAME}`,
    title: TITLE,
    description: DESCRIPTION,
    version: VERSION,
    repository: { url: site, source: "github" },
    packages: packages.map(({ name, sha256 }) => ({
      registryType: "mcpb",
      identifier: `${site}/releases/download/v${VERSION}/${name}`,
      version: VERSION,
      fileSha256: sha256,
      transport: { type: "stdio" },
      environmentVariables,
    })),
  };
}

function describe(variables: Variables) {
  return Object.entries(variables).map(([name, { description, secret, shownDefault }]) => ({
    name,
    description,
    isRequired: false,
    isSecret: secret,
    ...(shownDefault === undefined ? {} : { default: shownDefault }),
  }));
}

/** In the form that `sha256sum --check` reads. */
async function checksums(folder: string): Promise<string> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  const names = entries.map(({ name }) => name).filter((name) => name !== "SHA256SUMS").sort();
  const lines: string[] = [];
  for (const name of names) {
    lines.push(`${await sha256(await Deno.readFile(join(folder, name)))}  ${name}\n`);
  }
  return lines.join("");
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
