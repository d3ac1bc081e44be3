/** The checkpoints and LoRAs that a web UI has, and which of them a name means. */

/** What was read of a web UI. */
export interface Inventory {
  /** Milliseconds since 1970. */
  readonly readAt: number;
  readonly checkpoints: readonly Checkpoint[];
  /** By the names that `<lora:NAME:1>` takes; empty where it has none, or none was needed yet. */
  readonly loras: readonly string[];
  /** The title of the checkpoint that is chosen there, where it tells. */
  readonly loaded?: string;
}

export interface Checkpoint {
  /** With its file's ending and hash, as the web UI wants it: "v1-5.safetensors [6ce0161689]". */
  readonly title: string;
  readonly name: string;
  readonly hash?: string;
  /** The kind of model, which SD.Next tells: "Stable Diffusion XL". */
  readonly kind?: string;
}

/** A checkpoint, where one is named, and LoRAs with their weights. */
export interface Choice {
  readonly checkpoint?: Checkpoint;
  readonly loras: readonly { readonly name: string; readonly weight: number }[];
}

/** A part of `model` that nothing there is called. */
export class UnknownName extends Error {
  constructor(readonly unknown: string) {
    super(`Unknown: ${unknown}`);
  }
}

/** Ids for people to choose from, of which there may be thousands. */
const MOST_NAMES = 200;

/** The configured or loaded checkpoint, the others, and then LoRAs as "lora:NAME". */
export function namesIn(inventory: Inventory | undefined, configured?: string): readonly string[] {
  const { checkpoints = [], loras = [], loaded } = inventory ?? {};
  const first = configured ?? (loaded && (named(loaded, checkpoints)?.name ?? loaded));
  const names = [
    ...first === undefined ? [] : [first],
    ...checkpoints.map(({ name }) => name),
    ...loras.map((lora) => `lora:${lora}`),
  ];
  return [...new Set(names)].slice(0, MOST_NAMES);
}

/**
 * What `model` means: a checkpoint, LoRAs, or both joined by "+", such as
 * "juggernautXL+lora:detail:0.7". @throws {UnknownName}
 */
export function choiceOf(model: string, { checkpoints, loras }: Inventory): Choice {
  const whole = named(model, checkpoints);
  if (whole) return { checkpoint: whole, loras: [] };
  let checkpoint: Checkpoint | undefined;
  const chosen: { name: string; weight: number }[] = [];
  for (const part of model.split("+").map((each) => each.trim()).filter(Boolean)) {
    const found = /^lora:/i.test(part) ? undefined : named(part, checkpoints);
    const lora = found ? undefined : loraOf(part, loras);
    if (!lora && (!found || checkpoint)) throw new UnknownName(part);
    if (lora) chosen.push(lora);
    checkpoint ??= found;
  }
  return { checkpoint, loras: chosen };
}

/** Whether a model has the names of LoRAs in it, for which their list is needed. */
export function mayNameLora(model: string | undefined, { checkpoints }: Inventory): boolean {
  return model !== undefined && named(model, checkpoints) === undefined;
}

/** By title, name, file or hash; or the only one whose name holds the words. */
export function named(
  wanted: string,
  checkpoints: readonly Checkpoint[],
): Checkpoint | undefined {
  const plain = plainName(wanted);
  const exact = checkpoints.find(({ title, name, hash }) =>
    title === wanted || hash === wanted ||
    [title, name, title.split(/[\\/]/).at(-1)!].some((each) => plainName(each) === plain)
  );
  if (exact || plain.length < SHORTEST_PART) return exact;
  const holding = checkpoints.filter(({ name }) => plainName(name).includes(plain));
  return holding.length === 1 ? holding[0] : undefined;
}

/** "Sub/Name.safetensors [hash]" → "sub/name". */
function plainName(name: string): string {
  return name.toLowerCase().replace(/\s*\[[\da-f]+\]$/, "")
    .replace(/\.(?:safetensors|ckpt|sft|gguf)$/, "").trim();
}

function loraOf(part: string, loras: readonly string[]) {
  const [, name = "", weight = "1"] = /^(?:lora:)?(.+?)(?::(-?\d+(?:\.\d+)?))?$/i.exec(part) ?? [];
  const found = loras.find((lora) => plainName(lora) === plainName(name));
  return found === undefined ? undefined : { name: found, weight: Number(weight) };
}

const SHORTEST_PART = 4;
