/**
 * Writes what README.md and .env.example say of variables and tools out of the code that
 * obeys them, and the snapshot of the tools' schemas: deno run -A tests/tools/docs.ts
 */

import { serverVariables } from "../../src/config/settings.ts";
import { reasonOf, REASONS, trustNeeded } from "../../src/config/trust.ts";
import { PROVIDERS } from "../../src/providers/registry.ts";
import type { Variable, Variables } from "../../src/config/variables.ts";
import { connectTestClient, openTestApp } from "../support/app.ts";

const ROOT = new URL("../../", import.meta.url);
export const README = new URL("README.md", ROOT);
export const ENV_EXAMPLE = new URL(".env.example", ROOT);
const SNAPSHOT = new URL("tests/mcp/tools_snapshot.json", ROOT);

/** The part of the README between `<!-- name -->` and `<!-- /name -->`, with the text in between replaced. */
export function withSection(readme: string, name: string, text: string): string {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const from = readme.indexOf(begin);
  const to = readme.indexOf(end);
  if (from < 0 || to < from) throw new Error(`README.md has no ${begin} … ${end}`);
  return `${readme.slice(0, from)}${begin}\n\n${text.trim()}\n\n${readme.slice(to)}`;
}

/** Every variable in one Markdown table. */
export function variablesTable(): string {
  const rows = GROUPS.flatMap(({ variables }) => Object.entries(variables)).map(
    ([name, variable]) => tableRow(`\`${name}\``, shownDefault(variable), meaningOf(variable)),
  );
  return ["| Variable | Default | Meaning |", "|---|---|---|", ...rows].join("\n");
}

/** What a setting decides, and whether a folder's own file may. */
export function trustTable(): string {
  const names = Object.keys(serverVariables);
  const rows = Map.groupBy(names, reasonOf).entries().map(([reason, settings]) => {
    const listed = settings.map((name) => `\`${name}\``).join(", ");
    return tableRow(REASONS[reason], trustNeeded(settings[0]!) === "folder" ? "yes" : "no", listed);
  }).toArray();
  const ofProviders = tableRow(REASONS.secret, "no", "every variable of a provider");
  return ["| A setting that | counts | Settings |", "|---|---|---|", ofProviders, ...rows].join(
    "\n",
  );
}

/** Every tool with its arguments, as Markdown. */
export async function toolsSection(): Promise<string> {
  const sections = (await listTools()).map(({ name, description, inputSchema }) => {
    const required = new Set(inputSchema.required);
    const rows = Object.entries(inputSchema.properties ?? {}).map(([argument, schema]) => {
      const { description = "" } = schema as { description?: string };
      return tableRow(
        `\`${argument}\`${required.has(argument) ? " (required)" : ""}`,
        description,
      );
    });
    const table = rows.length > 0 ? ["| Argument | Meaning |", "|---|---|", ...rows] : [];
    return [`**\`${name}\`**: ${description}`, "", ...table].join("\n").trim();
  });
  return sections.join("\n\n");
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
  if (secret) return `your_${name.toLowerCase()}`;
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
# With no key at all the server draws placeholders.`;

async function listTools() {
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app);
  return (await client.client.listTools()).tools;
}

function meaningOf({ description, legal }: Variable<unknown>): string {
  const sentence = description.replace(/\.$/, "");
  return SELF_EVIDENT.test(legal) ? sentence : `${sentence}. Must be ${legal}`;
}

const SELF_EVIDENT = /^a text$|^'true' or 'false'$|address/;

function shownDefault({ shownDefault }: Variable<unknown>): string {
  return shownDefault === undefined ? "" : `\`${shownDefault}\``;
}

function tableRow(...cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replace(/[|*]/g, "\\$&")).join(" | ")} |`;
}

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

async function write(): Promise<void> {
  await Deno.writeTextFile(ENV_EXAMPLE, environmentExample());
  await Deno.writeTextFile(SNAPSHOT, await snapshotOfTools());
  const readme = await Deno.readTextFile(README);
  const withTrust = withSection(readme, "trust", trustTable());
  const withVariables = withSection(withTrust, "variables", variablesTable());
  await Deno.writeTextFile(README, withSection(withVariables, "tools", await toolsSection()));
}

if (import.meta.main) await write();
