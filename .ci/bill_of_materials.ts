/** What the bundle is made of, as a CycloneDX 1.6 document. */

import { VERSION } from "../src/version.ts";

const ROOT = new URL("../", import.meta.url);

/** One package of the lock file, as "name@version", and the digest of its archive. */
interface LockedPackage {
  readonly name: string;
  readonly version: string;
  /** Sha-512 in hexadecimal. */
  readonly sha512: string;
}

/** The document as text; the same source gives the same one. */
export async function billOfMaterials(): Promise<string> {
  const packages = await bundledPackages();
  const document = {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {
      component: {
        type: "application",
        "bom-ref": `mcp-image-server@${VERSION}`,
        name: "mcp-image-server",
        version: VERSION,
        licenses: [{ license: { id: "MIT" } }],
      },
    },
    components: packages.map(({ name, version, sha512 }) => ({
      type: "library",
      "bom-ref": purlOf(name, version),
      name,
      version,
      purl: purlOf(name, version),
      hashes: [{ alg: "SHA-512", content: sha512 }],
    })),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** Every package that main.ts brings along, from the lock file that the build is held to. */
async function bundledPackages(): Promise<readonly LockedPackage[]> {
  const { specifiers, npm } = JSON.parse(await Deno.readTextFile(new URL("deno.lock", ROOT)));
  const found = new Set<string>();
  const add = (id: string) => {
    if (found.has(id)) return;
    found.add(id);
    const dependencies: readonly string[] = npm[id].dependencies ?? [];
    for (const dependency of dependencies) add(idOf(dependency, npm));
  };
  for (const specifier of await importedSpecifiers()) {
    const name = specifier.replace(/^npm:/, "").replace(/@[^@]*$/, "");
    add(`${name}@${specifiers[specifier]}`);
  }
  return [...found].sort().map((id) => {
    const [, name = "", version = ""] = /^(@?[^@]+)@([^_]+)/.exec(id) ?? [];
    const digest = Uint8Array.fromBase64(npm[id].integrity.replace(/^sha512-/, ""));
    return { name, version, sha512: digest.toHex() };
  });
}

/** "zod" or "zod@4.6.7" of a list of dependencies → the id of its only entry. */
function idOf(dependency: string, npm: Readonly<Record<string, unknown>>): string {
  if (dependency in npm) return dependency;
  const id = Object.keys(npm).find((each) => each.startsWith(`${dependency}@`));
  if (id === undefined) throw new Error(`deno.lock has no package '${dependency}'`);
  return id;
}

/** "npm:zod@4.6.7" and the like, from the one folder where packages come in. */
async function importedSpecifiers(): Promise<readonly string[]> {
  const folder = new URL("src/dependencies/", ROOT);
  const found = new Set<string>();
  for await (const { name } of Deno.readDir(folder)) {
    const text = await Deno.readTextFile(new URL(name, folder));
    for (const [, specifier] of text.matchAll(/["'](npm:@?[^"'@]+@\d+\.\d+\.\d+)/g)) {
      found.add(specifier!);
    }
  }
  return [...found].sort();
}

function purlOf(name: string, version: string): string {
  return `pkg:npm/${name.replace("@", "%40")}@${version}`;
}
