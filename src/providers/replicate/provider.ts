/** Replicate: any model that runs there, by its owner and name and perhaps a version. */

import { address, integer, list, secret, text } from "../../config/variables.ts";
import { hostedProvider } from "../hosted_models.ts";
import { defineProvider } from "../provider.ts";
import { lazyTrainer } from "../training.ts";
import { trainerFacts } from "./trainer.ts";

const variables = {
  REPLICATE_API_TOKEN: secret("The token of Replicate's API"),
  REPLICATE_ENDPOINT: address("Where Replicate answers", {
    default: "https://api.replicate.com",
  }),
  REPLICATE_MODEL: text(
    "The model that draws when a request names none: owner/name, or owner/name:version",
    { default: "black-forest-labs/flux-2-pro" },
  ),
  REPLICATE_EDIT_MODEL: text(
    "The same for requests with pictures that come in, where REPLICATE_MODEL takes none",
    { example: "black-forest-labs/flux-kontext-pro" },
  ),
  REPLICATE_MASK_MODEL: text("The same for requests with a mask", {
    default: "black-forest-labs/flux-fill-pro",
  }),
  REPLICATE_MODELS: list(
    "Other models that list_providers names, fine-tuned ones of your own too",
    {
      example: "google/nano-banana-2,acme/my-style",
    },
  ),
  REPLICATE_TRAINER: text(
    "What models are trained with: owner/name of a trainer that takes input_images, trigger_word " +
      "and steps",
    { default: "ostris/flux-dev-lora-trainer" },
  ),
  // 600 new predictions a minute, 6 of an account without credit (rate limits, read 2026-11-25).
  REPLICATE_CONCURRENCY: integer("Pictures that may be drawn at once", {
    default: 8,
    minimum: 1,
    maximum: 1000,
  }),
};

export const replicate = defineProvider({
  name: "replicate",
  title: "Replicate",
  aliases: ["replicatecom"],
  // Files of weights in a folder are written alike.
  modelIds: /^[a-z\d][\w.-]*\/[\w.-]+(?<!\.(?:safetensors|ckpt|sft|gguf))(?::[\da-f]{64})?$/,
  variables,
  missing: ({ REPLICATE_API_TOKEN }) => REPLICATE_API_TOKEN ? [] : ["REPLICATE_API_TOKEN"],
  create: (settings, outside) => {
    const endpoint = settings.REPLICATE_ENDPOINT.replace(/\/v1$/, "");
    const account = { endpoint, token: settings.REPLICATE_API_TOKEN ?? "" };
    const { REPLICATE_CONCURRENCY: concurrency, REPLICATE_TRAINER: name } = settings;
    const trainer = lazyTrainer(
      trainerFacts(name),
      async () =>
        (await import("./training.ts")).openTraining({ ...account, trainer: name }, outside),
    );
    return hostedProvider(
      { name: "replicate", endpoint, concurrency, trainer },
      {
        usual: settings.REPLICATE_MODEL,
        editing: settings.REPLICATE_EDIT_MODEL,
        masking: settings.REPLICATE_MASK_MODEL,
        further: settings.REPLICATE_MODELS,
      },
      async () => (await import("./predictions.ts")).openPredictions(account, outside),
      outside.now,
    );
  },
});
