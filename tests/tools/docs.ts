/**
 * Writes what README.md, the manual and .env.example say of variables, tools and the like out of
 * the code that obeys them, and the snapshot of the tools' schemas: deno run -A tests/tools/docs.ts
 */

import { serverVariables } from "../../src/config/settings.ts";
import type { Variable, Variables } from "../../src/config/variables.ts";
import { PROVIDERS } from "../../src/providers/registry.ts";
import {
  capabilitiesSection,
  clientsSection,
  errorsSection,
  listTools,
  meaningOf,
  permissionsSection,
  providersSection,
  resourcesSection,
  toolsSection,
  topicsSection,
  trustSection,
  variablesSection,
} from "./sections.ts";

const ROOT = new URL("../../", import.meta.url);
export const README = new URL("README.md", ROOT);
export const ENV_EXAMPLE = new URL(".env.example", ROOT);
export const MANUAL = new URL("src/manual/", ROOT);
const SNAPSHOT = new URL("tests/mcp/tools_snapshot.json", ROOT);

export interface GeneratedSection {
  readonly file: URL;
  /** It stands between `<!-- name -->` and `<!-- /name -->`. */
  readonly name: string;
  readonly text: () => string | Promise<string>;
}

/** Every part of a text that is written by the code it is about. */
export const GENERATED: readonly GeneratedSection[] = [
  { file: README, name: "topics", text: topicsSection },
  { file: topic("clients"), name: "clients", text: clientsSection },
  { file: topic("settings"), name: "variables", text: variablesSection },
  { file: topic("tools"), name: "tools", text: toolsSection },
  { file: topic("tools"), name: "resources", text: resourcesSection },
  { file: topic("tools"), name: "errors", text: errorsSection },
  { file: topic("providers"), name: "providers", text: providersSection },
  { file: topic("providers"), name: "capabilities", text: capabilitiesSection },
  { file: topic("permissions"), name: "permissions", text: permissionsSection },
  { file: topic("trust"), name: "trust", text: trustSection },
];

/** A text with what stands between `<!-- name -->` and `<!-- /name -->` replaced. */
export function withSection(text: string, name: string, section: string): string {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`The text has no ${begin} … ${end}`);
  return `${text.slice(0, from)}${begin}\n\n${section.trim()}\n\n${text.slice(to)}`;
}

/** The whole of .env.example: keys ready to be replaced, everything else commented out with its default. */
export function environmentExample(): string {
  const sections = GROUPS.map(({ title, variables, areKeysOpen }) => {
    const entries = Object.entries(variables).map(([name, variable]) => {
      const isOpen = areKeysOpen && variable.secret;
      const line = `${name}=${exampleOf(name, variable)}`;
      return [...comment(meaningOf(variable)), isOpen ? line : `# ${line}`].join("\n");
    });
    return [`# ${title}`, "", entries.join("\n\n")].join("\n");
  });
  return `${HEADER}\n\n${sections.join("\n\n\n")}\n`;
}

/** The tools as a client sees them, as JSON to compare. */
export async function snapshotOfTools(): Promise<string> {
  return `${JSON.stringify(await listTools(), null, 2)}\n`;
}

/** A value of the variable that `.env.example` may show. */
export function exampleOf(name: string, { secret, shownDefault, example }: Variable<unknown>) {
  if (secret && !example?.includes("://")) return `your_${name.toLowerCase()}`;
  return shownDefault ?? example ?? "";
}

interface Group {
  readonly title: string;
  readonly variables: Variables;
  readonly areKeysOpen: boolean;
}

const GROUPS: readonly Group[] = [
  { title: "The server", variables: serverVariables, areKeysOpen: false },
  ...PROVIDERS.filter(({ variables }) => Object.keys(variables).length > 0)
    .map(({ title, variables }) => ({ title, variables, areKeysOpen: true })),
];

const HEADER =
  `# Copy this file to .env and fill in what you need. Values that still begin with "your_"
# count as unset, and so do empty ones. Variables of the process environment win over this file.
# With no key at all an engine on this machine draws, and where there is none, placeholders are drawn.`;

/** Words as lines of a comment, up to 100 columns. */
function comment(words: string): readonly string[] {
  const lines = ["#"];
  for (const word of words.split(" ")) {
    const line = `${lines.at(-1)} ${word}`;
    if (line.length > 100) lines.push(`# ${word}`);
    else lines[lines.length - 1] = line;
  }
  return lines;
}

function topic(name: string): URL {
  return new URL(`${name}.md`, MANUAL);
}

async function write(): Promise<void> {
  await Deno.writeTextFile(ENV_EXAMPLE, environmentExample());
  await Deno.writeTextFile(SNAPSHOT, await snapshotOfTools());
  for (const { file, name, text } of GENERATED) {
    const written = await Deno.readTextFile(file);
    await Deno.writeTextFile(file, withSection(written, name, await text()));
  }
}

if (import.meta.main) await write();
