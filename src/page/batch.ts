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

/** The most requests of one sending: each of their pictures may cost something. */
export const MOST_REQUESTS = 24;

/**
 * Every line in every style by every provider, as far as the provider has the style and the model.
 * The first provider of `tables` stands for the one that is not chosen.
 */
export function requestsOf(draft: Draft, tables: readonly ProviderTable[]): readonly NewDrawing[] {
  const lines = draft.prompt.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  const prompts = draft.isByLine ? lines : [draft.prompt];
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
  const words = { prompt, provider, model, style, resolution: size, negative_prompt: negative };
  return {
    args: {
      ...Object.fromEntries(Object.entries(words).filter(([, value]) => value.trim() !== "")),
      ...seed === "" ? {} : { seed: Number(seed) },
      n: Number(count),
    },
    images: references.map(({ id, role }) => ({ image: id, role })),
  };
}
