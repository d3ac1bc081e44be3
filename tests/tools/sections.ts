/** What the manual says that the code knows better: each function writes one generated part. */

import { CLIENTS } from "../../src/commands/init/clients.ts";
import { serverVariables } from "../../src/config/settings.ts";
import { reasonOf, REASONS, trustNeeded } from "../../src/config/trust.ts";
import type { Variable, Variables } from "../../src/config/variables.ts";
import { ERROR_CODES } from "../../src/errors.ts";
import { TOPICS } from "../../src/manual/topics.ts";
import type { ArgumentTable } from "../../src/mcp/declarations/argument.ts";
import { GENERATE_IMAGE, TOOL_DECLARATIONS } from "../../src/mcp/declarations/tools.ts";
import type {
  Capabilities,
  ImageProvider,
  ProviderDefinition,
  SizeRules,
} from "../../src/providers/provider.ts";
import { PROVIDERS } from "../../src/providers/registry.ts";
import { connectTestClient, openTestApp } from "../support/app.ts";
import { LISTENING_AT, PERMISSION_SETS, permissionFlags } from "../support/permission_sets.ts";

/** Every topic of the manual, as links from the README. */
export function topicsSection(): string {
  return TOPICS.map(({ name, title, summary }) => `- [${title}](src/manual/${name}.md): ${summary}`)
    .join("\n");
}

/** Every client that `init` knows. */
export function clientsSection(): string {
  const places = { os: "linux", environment: () => undefined, home: "~" } as const;
  const rows = Object.entries(CLIENTS).map(([name, client]) => {
    const file = client.file(places);
    const reference = client.reference?.("NAME");
    const key = reference === undefined ? "the key itself" : code(reference);
    return tableRow(code(name), client.title, file ? code(file) : "", key, client.next);
  });
  return [
    "| Client | Name | Its file, on Linux | A key becomes | Then |",
    "|---|---|---|---|---|",
    ...rows,
  ].join("\n");
}

/** Every variable, in one table for each who reads it. */
export function variablesSection(): string {
  const isOverHttp = ([, { description }]: VariableEntry) => description.startsWith(OVER_HTTP);
  const own = Object.entries(serverVariables as Variables);
  const groups = [
    { title: "Every server", entries: own.filter((entry) => !isOverHttp(entry)) },
    { title: "Servers over HTTP", entries: own.filter(isOverHttp) },
    ...PROVIDERS.map(({ title, variables }) => ({ title, entries: Object.entries(variables) })),
  ];
  return groups.filter(({ entries }) => entries.length > 0).map(({ title, entries }) => {
    const rows = entries.map(([name, variable]) =>
      tableRow(`\`${name}\``, shownDefault(variable), inATable(meaningOf(variable)))
    );
    return [`### ${title}`, "", "| Variable | Default | Meaning |", "|---|---|---|", ...rows]
      .join("\n");
  }).join("\n\n");
}

/** What a setting decides, and whether a folder's own file may. */
export function trustSection(): string {
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

/** Every tool with its arguments, also those that clients are not shown. */
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
    return [`### \`${name}\``, "", description, "", ...table, "", unlistedOf(name)].join("\n")
      .trim();
  });
  return sections.join("\n\n");
}

/** What a tool takes beside, with words where generate_image has none to see. */
function unlistedOf(tool: string): string {
  const { input } = TOOL_DECLARATIONS.find(({ name }) => name === tool)!;
  const unlisted = Object.entries(input).filter(([, { isUnlisted }]) => isUnlisted);
  if (unlisted.length === 0) return "";
  const general: ArgumentTable = GENERATE_IMAGE.input;
  const told = unlisted.map(([name, { description }]) => {
    const isTold = Object.hasOwn(general, name) && !general[name]!.isUnlisted;
    return isTold || description === "" ? code(name) : `${code(name)} (${description})`;
  });
  return `Taken as well, though not shown: ${told.join(", ")}.`;
}

/** Every resource and template but the manual's own topics, which the contents name. */
export async function resourcesSection(): Promise<string> {
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app);
  const { resources } = await client.client.listResources();
  const { resourceTemplates } = await client.client.listResourceTemplates();
  const rows = [
    ...resources.filter(({ uri }) => !uri.startsWith("manual://")),
    ...resourceTemplates.map((template) => ({ ...template, uri: template.uriTemplate })),
  ].map(({ uri, description = "" }) => tableRow(`\`${uri}\``, description));
  return ["| Resource | What it holds |", "|---|---|", ...rows].join("\n");
}

/** Every code an error can have. */
export function errorsSection(): string {
  const rows = Object.entries(ERROR_CODES).map(([code, meaning]) =>
    tableRow(`\`${code}\``, meaning)
  );
  return ["| Code | Meaning |", "|---|---|", ...rows].join("\n");
}

/** The fewest permissions of every use. */
export function permissionsSection(): string {
  const rows = Object.values(PERMISSION_SETS).map(({ title, variables, hosts }) => {
    const flags = permissionFlags({ variables, folder: "PICTURES", hosts: hosts.join(",") });
    return `| ${title} | \`${flags.join(" ")}\` |`; // the asterisks stand in code
  });
  return [
    "| Use | Permissions |",
    "|---|---|",
    ...rows,
    `| HTTP | add \`${LISTENING_AT}\` to \`--allow-net\` |`,
  ].join("\n");
}

/** Who draws, and what switches each on. */
export function providersSection(): string {
  const rows = PROVIDERS.map((definition) => {
    const { name, title, variables } = definition;
    const ways = waysToOpen(definition).map((needed) => needed.map(code).join(" and "));
    const model = Object.keys(variables).filter((variable) => /_MODEL$/.test(variable)).map(code);
    return tableRow(
      code(name),
      title,
      ways.filter((way) => way !== "").join(", or ") || "nothing",
      model.join(", "),
    );
  });
  return ["| Provider | Vendor | Needs | Model |", "|---|---|---|---|", ...rows].join("\n");
}

/** What each provider can do, as it declares it, for every way to open it. */
export function capabilitiesSection(): string {
  return PROVIDERS.flatMap((definition) => {
    const ways = waysToOpen(definition);
    return ways.map((needed) => {
      const provider = open(definition, needed);
      const suffix = ways.length > 1 ? `, with ${needed.map(code).join(" and ")}` : "";
      return [`### ${code(definition.name)}${suffix}`, "", ...facts(provider)].join("\n");
    });
  }).join("\n\n");
}

/** The tools as clients see them. */
export async function listTools() {
  // With an address, without which some are not listed.
  await using test = await openTestApp({ env: { MCP_PUBLIC_BASE_URL: "https://example.com" } });
  await using client = await connectTestClient(test.app);
  return (await client.client.listTools()).tools;
}

/** What a variable does and what it may hold, as one line. */
export function meaningOf({ description, legal }: Variable<unknown>): string {
  const sentence = description.replace(/\.$/, "");
  return SELF_EVIDENT.test(legal) ? sentence : `${sentence}. Must be ${legal}`;
}

type VariableEntry = [string, Variable<unknown>];

const OVER_HTTP = "HTTP: ";
const SELF_EVIDENT = /^a text$|^'true' or 'false'$|address/;

/** Under a heading that says HTTP, the meaning need not. */
function inATable(meaning: string): string {
  if (!meaning.startsWith(OVER_HTTP)) return meaning;
  const words = meaning.slice(OVER_HTTP.length);
  return words[0]!.toUpperCase() + words.slice(1);
}

function shownDefault({ shownDefault }: Variable<unknown>): string {
  return shownDefault === undefined ? "" : code(shownDefault);
}

/** "A and B, or C" as [["A", "B"], ["C"]]; [[]] for a provider that needs nothing. */
function waysToOpen(definition: ProviderDefinition): readonly (readonly string[])[] {
  const opened = definition.open(new Map(), OUTSIDE, []);
  if (opened.on) return [[]];
  return opened.missing.flatMap((sentence) => sentence.split(/,? or /))
    .map((way) => way.match(/[A-Z][A-Z_]+[A-Z]/g) ?? []);
}

function open(definition: ProviderDefinition, needed: readonly string[]): ImageProvider {
  const valueOf = ({ secret, example }: Variable<unknown>) => secret ? "a-key" : example ?? "a-key";
  const env = new Map(needed.map((name) => {
    const value = valueOf(definition.variables[name]!);
    return [name, { value, source: "the manual" }];
  }));
  const opened = definition.open(env, OUTSIDE, []);
  if (!opened.on) throw new Error(`${definition.name} is off with ${needed}: ${opened.missing}`);
  return opened.provider;
}

const OUTSIDE = { fetch, now: Date.now };

function facts(provider: ImageProvider): readonly string[] {
  const { models, capabilities } = provider;
  const { styles, sizes, maxCount, maxPromptLength, seed, options } = capabilities();
  return [
    `- Models: ${
      models.map(code).join(", ") || "those that are there, listed after the first request"
    }`,
    `- Sizes: ${sizeWords(sizes)}`,
    `- Styles: ${Object.keys(styles).map(code).join(", ")}`,
    `- Seed: ${seed ? `${seed.minimum} to ${seed.maximum}` : "none"}`,
    `- Pictures in one call to the vendor: ${maxCount}`,
    `- Longest prompt: ${maxPromptLength} characters`,
    `- A task that the vendor has accepted is fetched after a crash: ${resumeWords(provider)}`,
    ...optionWords(options),
  ];
}

function sizeWords({ listed, default: first, range }: SizeRules): string {
  const others = Object.keys(listed).filter((size) => size !== first);
  const named = [`${code(first)} by default`, others.map(code).join(", ")].join("; ");
  if (!range) return named;
  const { minSide, maxSide, minPixels, maxPixels, multipleOf, maxRatio } = range;
  const bounds = [
    `any from ${minSide} to ${maxSide} a side`,
    ...multipleOf ? [`in steps of ${multipleOf}`] : [],
    ...minPixels ? [`of at least ${minPixels} pixels`] : [],
    ...maxPixels ? [`of at most ${maxPixels} pixels`] : [],
    ...maxRatio ? [`no longer than ${maxRatio}:1`] : [],
  ];
  return `${named}; ${bounds.join(", ")}`;
}

function resumeWords({ models, capabilities }: ImageProvider): string {
  const able = models.filter((model) => capabilities(model).resume);
  if (able.length === models.length) return capabilities().resume ? "yes" : "no";
  return able.map(code).join(", ") || "no";
}

function optionWords(options: Capabilities["options"]): readonly string[] {
  return Object.entries(options).map(([name, rule]) => {
    const legal = "values" in rule
      ? rule.values.map(code).join(", ")
      : `${rule.minimum} to ${rule.maximum}`;
    return `- ${code(name)}: ${legal}`;
  });
}

function code(text: string): string {
  return `\`${text}\``;
}

function tableRow(...cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replace(/[|*]/g, "\\$&")).join(" | ")} |`;
}
