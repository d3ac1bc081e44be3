/** The tokens that pictures took, in the form of OpenAI's reference (its client 7.57.0, 2026-11). */

import type { ImageRecord, ImageSource, ProviderCall } from "../../storage/records/records.ts";

export interface Usage {
  readonly input_tokens: number;
  readonly input_tokens_details?: Details;
  readonly output_tokens: number;
  readonly output_tokens_details?: Details;
  readonly total_tokens: number;
}

interface Details {
  readonly text_tokens: number;
  readonly image_tokens: number;
}

/** What each call took, under the id of the last of its pictures; undefined where its vendor did not tell. */
export type UsageOfCalls = ReadonlyMap<string, Usage | undefined>;

/** A vendor tells once for all pictures of a call, and each of them is recorded with it. */
export async function usageOfCalls(
  images: readonly ImageRecord[],
  calls: readonly Pick<ProviderCall, "imageIds">[],
  sourceOf: (image: ImageRecord) => Promise<ImageSource | undefined>,
): Promise<UsageOfCalls> {
  const lasts = calls.flatMap(({ imageIds }) =>
    images.findLast(({ id }) => imageIds.includes(id)) ?? []
  );
  return new Map(
    await Promise.all(
      lasts.map(async (image) => [image.id, usageIn((await sourceOf(image))?.usage)] as const),
    ),
  );
}

/** All calls together; undefined where one of their vendors did not tell. */
export function sumOf(calls: UsageOfCalls): Usage | undefined {
  const all = [...calls.values()];
  const known = all.filter((usage) => usage !== undefined);
  if (known.length === 0 || known.length < all.length) return undefined;
  return known.reduce((sum, usage) => {
    const details = (name: "input_tokens_details" | "output_tokens_details") => {
      const [one, other] = [sum[name], usage[name]];
      return one && other && {
        text_tokens: one.text_tokens + other.text_tokens,
        image_tokens: one.image_tokens + other.image_tokens,
      };
    };
    return {
      input_tokens: sum.input_tokens + usage.input_tokens,
      input_tokens_details: details("input_tokens_details"),
      output_tokens: sum.output_tokens + usage.output_tokens,
      output_tokens_details: details("output_tokens_details"),
      total_tokens: sum.total_tokens + usage.total_tokens,
    };
  });
}

/** Undefined unless a vendor counts in tokens, by these names. */
function usageIn(told: ImageSource["usage"] = {}): Usage | undefined {
  const { output_tokens, total_tokens, input_tokens } = told;
  if (typeof output_tokens !== "number" || typeof total_tokens !== "number") return undefined;
  return {
    input_tokens: typeof input_tokens === "number" ? input_tokens : total_tokens - output_tokens,
    input_tokens_details: detailsIn(told.input_tokens_details),
    output_tokens,
    output_tokens_details: detailsIn(told.output_tokens_details),
    total_tokens,
  };
}

function detailsIn(told: unknown): Details | undefined {
  const { text_tokens, image_tokens } = (told ?? {}) as Partial<Record<keyof Details, unknown>>;
  if (typeof text_tokens !== "number" || typeof image_tokens !== "number") return undefined;
  return { text_tokens, image_tokens };
}
