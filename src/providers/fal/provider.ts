/** fal: any model that runs there, by the id of its endpoint. */

import { address, integer, list, secret, text } from "../../config/variables.ts";
import { hostedProvider } from "../hosted_models.ts";
import { defineProvider } from "../provider.ts";
import { lazyTrainer } from "../training.ts";
import { hostsOf } from "./addresses.ts";
import { FAL_TRAINER } from "./trainer.ts";

const variables = {
  FAL_KEY: secret("The key of fal's API"),
  FAL_ENDPOINT: address(
    "Where fal's queue answers; a gateway there stands for fal's other hosts, too",
    { default: "https://queue.fal.run" },
  ),
  FAL_MODEL: text("The model that draws when a request names none: the id of its endpoint", {
    default: "fal-ai/flux-2-pro",
  }),
  FAL_EDIT_MODEL: text("The same for requests with pictures that come in", {
    default: "fal-ai/flux-2-pro/edit",
  }),
  FAL_MASK_MODEL: text("The same for requests with a mask", {
    default: "fal-ai/flux-pro/v1/fill",
  }),
  FAL_MODELS: list("Other models that list_providers names", {
    example: "fal-ai/flux-lora,fal-ai/nano-banana-2/edit",
  }),
  // 2 run at once for a new account, up to 40; what is more waits in fal's queue (read 2026-11-25).
  FAL_CONCURRENCY: integer("Pictures that may be asked for at once; fal draws 2 to 40 of them", {
    default: 8,
    minimum: 1,
    maximum: 1000,
  }),
};

export const fal = defineProvider({
  name: "fal",
  title: "fal",
  aliases: ["falai"],
  // Files of weights in folders are written alike.
  modelIds: /^(?:fal-ai\/[\w./-]+|[\w-]+(?:\/[\w.-]+){2,})(?<!\.(?:safetensors|ckpt|sft|gguf))$/,
  variables,
  missing: ({ FAL_KEY }) => FAL_KEY ? [] : ["FAL_KEY"],
  create: (settings, outside) => {
    const { FAL_ENDPOINT: endpoint, FAL_KEY: key = "", FAL_CONCURRENCY: concurrency } = settings;
    const { documents, uploads } = hostsOf(endpoint);
    const furtherEndpoints = [documents, uploads].filter((host) => host !== endpoint);
    const trainer = lazyTrainer(
      FAL_TRAINER,
      async () => (await import("./training.ts")).openTraining({ endpoint, key }, outside),
    );
    return hostedProvider(
      { name: "fal", endpoint, furtherEndpoints, concurrency, trainer },
      {
        usual: settings.FAL_MODEL,
        editing: settings.FAL_EDIT_MODEL,
        masking: settings.FAL_MASK_MODEL,
        further: settings.FAL_MODELS,
      },
      async () => (await import("./queue.ts")).openQueue({ endpoint, key }, outside),
      outside.now,
    );
  },
});
