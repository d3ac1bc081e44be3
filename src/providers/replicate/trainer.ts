/** What Replicate's trainer takes and costs, known before anything of it is loaded. */

import type { TrainerFacts } from "../training.ts";

/** Bounds as its page had them; 1.50 to 2 USD for 1000 steps, by the second (users of 2026, read 2026-11-26). */
export function trainerFacts(trainer: string): TrainerFacts {
  return {
    rules: {
      trainer,
      pictures: { minimum: 2, maximum: 100 },
      steps: { minimum: 3, maximum: 6000, default: 1000 },
      hasKinds: false,
      mediaTypes: ["image/png", "image/jpeg", "image/webp"],
    },
    costOf: (steps = 1000) => ({
      estimate: { amount: Math.round(steps * 0.2) / 100, unit: "USD" },
      note:
        "Replicate asks by the second of its hardware, which was 1.50 to 2 USD for 1000 steps in " +
        `2026; https://replicate.com/${trainer}/train says what it asks now`,
    }),
  };
}
