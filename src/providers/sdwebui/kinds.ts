/** What kinds of checkpoints want, told by their names, since web UIs tell little else of them. */

export interface Kind {
  /** The side of the square that it was trained with, in pixels. */
  readonly side: number;
  readonly steps: number;
  readonly cfgScale: number;
  /** FLUX's guidance, which Forge takes beside a CFG scale of 1. */
  readonly distilledCfgScale?: number;
}

/** The kind of a checkpoint by all that is known of it; of an unknown one where nothing is. */
export function kindOf(words: string | undefined): Kind {
  if (words === undefined) return { ...PLAIN, side: 1024 };
  const side = SIDES.find(({ pattern }) => pattern.test(words))?.side ?? PLAIN.side;
  return { ...PLAIN, side, ...PACES.find(({ pattern }) => pattern.test(words))?.pace };
}

/** Stable Diffusion 1.5, whose descendants have names of any kind. */
const PLAIN = { side: 512, steps: 25, cfgScale: 7 } as const;

/** By the names that their makers and the large collections give them; read 2026-11-25. */
const SIDES: readonly { readonly pattern: RegExp; readonly side: number }[] = [
  { pattern: /(?:sd|stable[-_ ]?diffusion|v)[-_ ]?1[-_.][0-5]|sd[-_]?15/i, side: 512 },
  {
    pattern:
      /xl|pony|illustrious|noob|animagine|flux|kontext|chroma|lumina|qwen|z[-_ ]?image|kolors/i,
    side: 1024,
  },
  { pattern: /(?:sd|stable[-_ ]?diffusion)[-_ ]?v?3|hidream|1024/i, side: 1024 },
  { pattern: /v2-1|sd[-_ ]?2|stable[-_ ]?diffusion[-_ ]?2|768/i, side: 768 },
];

const PACES: readonly { readonly pattern: RegExp; readonly pace: Omit<Kind, "side"> }[] = [
  { pattern: /schnell/i, pace: { steps: 4, cfgScale: 1, distilledCfgScale: 3.5 } },
  { pattern: /(?:flux|kontext)/i, pace: { steps: 20, cfgScale: 1, distilledCfgScale: 3.5 } },
  { pattern: /lightning|turbo|hyper|lcm|dmd/i, pace: { steps: 8, cfgScale: 1.5 } },
  {
    pattern: /(?:sd|stable[-_ ]?diffusion)[-_ ]?v?3/i,
    pace: { steps: 28, cfgScale: 4.5 },
  },
  { pattern: /xl|pony|illustrious|noob|animagine/i, pace: { steps: 25, cfgScale: 6 } },
];
