/** What fal's trainer takes and costs, known before anything of it is loaded. */

import type { TrainerFacts } from "../training.ts";

export const TRAINER = "fal-ai/flux-lora-fast-training";

/**
 * At least four pictures (client 1.10.1). 2 USD for 1000 steps, in proportion to the steps (as users
 * of 2026 state it, read 2026-11-26); fal states no bounds of the steps.
 */
export const FAL_TRAINER: TrainerFacts = {
  rules: {
    trainer: TRAINER,
    pictures: { minimum: 4, maximum: 100 },
    steps: { minimum: 100, maximum: 10_000, default: 1000 },
    hasKinds: true,
    mediaTypes: ["image/png", "image/jpeg"],
  },
  costOf: (steps = 1000) => ({
    estimate: { amount: Math.round(steps * 0.2) / 100, unit: "USD" },
    note:
      `fal asked about 2 USD for 1000 steps in 2026; https://fal.ai/models/${TRAINER} says what ` +
      "it asks now",
  }),
};
