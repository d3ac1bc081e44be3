/** One small real picture per provider, wherever the pictures are made. */

import { messageOf } from "../../errors.ts";
import type { RequestArguments } from "../../requests/parse.ts";
import type { Finding } from "./finding.ts";

/** Where pictures are made: in this process, or on a server that runs elsewhere. */
export interface Generator {
  readonly providers: readonly GeneratorProvider[];
  /** Who pays, such as "your account". */
  readonly payer: string;
  /** Makes one picture and tells where it is. @throws why there is none. */
  draw(args: RequestArguments): Promise<string>;
}

/** A provider that is on, as far as a small picture needs to know it. */
export interface GeneratorProvider {
  readonly name: string;
  readonly title: string;
  readonly charges: boolean;
  readonly sizes: readonly string[];
  readonly qualities: readonly string[];
}

/** What `checkGeneration` is going to cost, as sentences to say before. */
export function whatItCosts({ providers, payer }: Generator): string {
  const charged = providers.filter(({ charges }) => charges).map(({ title }) => title);
  if (charged.length === 0) return "--generate makes one small picture, which costs nothing.";
  return `--generate asks ${charged.join(" and ")} for one small real picture each. They charge ` +
    `${payer} what they list for a picture: usually a few cents.`;
}

export async function checkGeneration(generator: Generator): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const provider of generator.providers) findings.push(await drawOne(generator, provider));
  return findings;
}

async function drawOne(generator: Generator, provider: GeneratorProvider): Promise<Finding> {
  const check = `${provider.name} draws`;
  const started = performance.now();
  try {
    const place = await generator.draw(smallWish(provider));
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    return { check, state: "ok", message: `${place} in ${seconds} s` };
  } catch (error) {
    return { check, state: "broken", message: messageOf(error) };
  }
}

/** The cheapest picture the provider offers by name. */
function smallWish({ name, sizes, qualities }: GeneratorProvider): RequestArguments {
  const [smallest] = sizes.map((size) => ({ size, pixels: pixelsOf(size) }))
    .filter(({ pixels }) => pixels > 0)
    .sort((one, other) => one.pixels - other.pixels);
  return {
    prompt: "a small red boat on a lake",
    provider: name,
    ...(smallest ? { resolution: smallest.size } : {}),
    ...(qualities.includes("low") ? { quality: "low" } : {}),
  };
}

/** 0 for a size that is not written as width and height. */
function pixelsOf(size: string): number {
  const [, width = "0", height = "0"] = /^(\d+)[x:](\d+)$/.exec(size) ?? [];
  return Number(width) * Number(height);
}
