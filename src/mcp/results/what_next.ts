/** What a model may do with the pictures of an answer. */

import type { JobView } from "../../jobs/job.ts";
import type { ImageEntry } from "../declarations/output.ts";

/** How much of a picture an answer shows; "late" is one whose preview was not made in time. */
export type HowShown = "full" | "preview" | "nothing" | "late" | "not wanted";

/** What can be done with the pictures now, as sentences; what they show is for whoever looks. */
export function whatNext(
  images: readonly ImageEntry[],
  shown: readonly HowShown[],
  job: JobView | undefined,
  hasWarnings: boolean,
): string {
  const sentences = Object.entries(HOW_SHOWN).flatMap(([what, words]) => {
    const count = shown.filter((each) => each === what).length;
    return count === 0 ? [] : count === shown.length ? [words] : [`${count}: ${words}`];
  });
  const nowhere = images.filter(({ local_path, url }) => (local_path ?? url) === null);
  const places = nowhere.map(({ id }) => `image://${id}`);
  if (places.length > 0) sentences.push(`The bytes are the resource ${places.join(", ")}`);
  const again = images.length === 1 || job === undefined
    ? "Again: get_image_data"
    : `Again: get_job ${job.id}`;
  // Warnings say what else to do, and an answer is to be short.
  return [...sentences, again, ...hasWarnings ? [] : ["To change it: edit_image"]].join("; ");
}

const HOW_SHOWN: Readonly<Partial<Record<HowShown, string>>> = {
  preview: "Shown smaller than saved",
  nothing: "Too large to show here",
  late: "The wait was over before a preview was made",
};
