/** What the form asks for, as requests: one, or one for each line, provider and style. */

import type { DrawingRequest, ProviderTable } from "./server.ts";

/** What the form holds, as text; "" where nothing is chosen. */
export interface Draft {
  readonly prompt: string;
  readonly provider: string;
  readonly model: string;
  readonly style: string;
  readonly size: string;
  /** Pictures of each request. */
  readonly count: string;
  readonly seed: string;
  readonly negative: string;
  readonly references: readonly Reference[];
  /** Whether each line of the prompt is one of its own. */
  readonly isByLine: boolean;
  /** Each of these draws, in place of `provider`; none where only that one does. */
  readonly providers: readonly string[];
  /** In each of these, in place of `style`. */
  readonly styles: readonly string[];
  /** The name of a template whose text goes before the prompt. */
  readonly template: string;
  /** By the name of a gap what goes into it, one value a line. */
  readonly values: Readonly<Record<string, string>>;
}

export interface Reference {
  /** Of an upload. */
  readonly id: string;
  readonly role: "base" | "reference";
  /** Its address in this page. */
  readonly view: string;
  readonly name: string;
}

export type NewDrawing = Omit<DrawingRequest, "key">;

/** The most requests that the page sends one by one; more are a batch. */
export const MOST_REQUESTS = 24;
/** The most pictures of a batch: each may cost something. */
export const MOST_PICTURES = 200;

/** What a sending comes to. */
export interface Sending {
  readonly requests: readonly NewDrawing[];
  /** Values for each gap. */
  readonly variables: Readonly<Record<string, readonly string[]>>;
  /** Whether it goes on without the page. */
  readonly isBatch: boolean;
  /** How many pictures. */
  readonly count: number;
}

export function sendingOf(draft: Draft, tables: readonly ProviderTable[]): Sending {
  const requests = requestsOf(draft, tables);
  const variables = variablesOf(draft);
  const combinations = Object.values(variables).reduce((sum, { length }) => sum * length, 1);
  const isBatch = draft.template !== "" || Object.keys(variables).length > 0 ||
    requests.length > MOST_REQUESTS;
  return {
    requests,
    variables,
    isBatch,
    count: requests.length * combinations * Number(draft.count),
  };
}

/** The names in the gaps of a prompt, as the server reads it: `{{name}}` is no gap. */
export function gapsIn(prompt: string): readonly string[] {
  const names = [...prompt.matchAll(GAP)].map(([, name]) => name);
  return [...new Set(names.filter((name) => name !== undefined))];
}

/** Of a template's gaps, or the prompt's, those that hold something. */
function variablesOf({ prompt, template, values }: Draft): Sending["variables"] {
  const gaps = template === "" ? gapsIn(prompt) : Object.keys(values);
  return Object.fromEntries(
    gaps.map((name) => [name, linesOf(values[name] ?? "")] as const)
      .filter(([, lines]) => lines.length > 0),
  );
}

function linesOf(text: string): readonly string[] {
  return text.split("\n").map((line) => line.trim()).filter((line) => line !== "");
}

/**
 * Every line in every style by every provider, as far as the provider has the style and the model.
 * The first provider of `tables` stands for the one that is not chosen.
 */
export function requestsOf(draft: Draft, tables: readonly ProviderTable[]): readonly NewDrawing[] {
  const lines = linesOf(draft.prompt);
  // A template needs no words beside its own.
  const isByLine = draft.isByLine && (lines.length > 0 || draft.template === "");
  const prompts = isByLine ? lines : [draft.prompt];
  const providers = draft.providers.length > 0 ? draft.providers : [draft.provider];
  const styles = draft.styles.length > 0 ? draft.styles : [draft.style];
  return prompts.flatMap((prompt) =>
    providers.flatMap((provider) => {
      const table = tables.find(({ name }) => name === provider) ?? tables[0];
      const has = (style: string) => draft.styles.length === 0 || style in (table?.styles ?? {});
      const isOwnModel = draft.providers.length < 2 || table?.models.includes(draft.model);
      const model = isOwnModel ? draft.model : "";
      return styles.filter(has).map((style) =>
        requestOf({ ...draft, prompt, provider, style, model })
      );
    })
  );
}

function requestOf(draft: Draft): NewDrawing {
  const { prompt, provider, model, style, size, negative, seed, count, references } = draft;
  const words = { provider, model, style, resolution: size, negative_prompt: negative };
  return {
    args: {
      prompt,
      ...Object.fromEntries(Object.entries(words).filter(([, value]) => value.trim() !== "")),
      ...seed === "" ? {} : { seed: Number(seed) },
      n: Number(count),
    },
    images: references.map(({ id, role }) => ({ image: id, role })),
  };
}

const NAME = "[\\p{L}_][\\p{L}\\p{M}\\p{N}_]{0,39}";
const GAP = new RegExp(`\\{\\{${NAME}\\}\\}|\\{(${NAME})\\}`, "gu");
