/** One small real picture per provider that is on. */

import { join } from "node:path";
import type { App } from "../../app.ts";
import { messageOf } from "../../errors.ts";
import type { GenerateArguments } from "../../images/choice.ts";
import type { ImageProvider } from "../../providers/provider.ts";
import { PROVIDERS } from "../../providers/registry.ts";
import type { Finding } from "./finding.ts";

/** What `checkGeneration` is going to cost, as sentences to say before. */
export function whatItCosts({ configuration }: App): string {
  const charged = [...configuration.providers.on.values()].filter(({ endpoint }) => endpoint);
  if (charged.length === 0) return "--generate makes one picture here, which costs nothing.";
  const titles = charged.map(({ name }) => PROVIDERS.find((each) => each.name === name)?.title);
  return `--generate asks ${
    titles.join(" and ")
  } for one small real picture each. They charge your ` +
    "account what they list for a picture: usually a few cents.";
}

export async function checkGeneration(
  app: App,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const provider of app.configuration.providers.on.values()) {
    findings.push(await drawOne(app, provider, signal));
  }
  return findings;
}

async function drawOne(app: App, provider: ImageProvider, signal: AbortSignal): Promise<Finding> {
  const check = `${provider.name} draws`;
  const started = performance.now();
  try {
    const caller = { owner: "", key: "doctor", signal };
    const answer = await app.studio.generate(smallWish(provider), caller);
    if (!answer.done) return { check, state: "broken", message: "no picture came" };
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    const [picture] = answer.pictures;
    const path = picture?.fileName ? join(app.library.saveDirectory, picture.fileName) : undefined;
    return path
      ? { check, state: "ok", message: `${path} in ${seconds} s` }
      : { check, state: "broken", message: picture?.saveError ?? "the picture was not saved" };
  } catch (error) {
    return { check, state: "broken", message: messageOf(error) };
  }
}

/** The cheapest picture the provider offers by name. */
function smallWish({ name, capabilities }: ImageProvider): GenerateArguments {
  const { sizes, options } = capabilities();
  const bySize = Object.keys(sizes.listed).map((size) => ({ size, pixels: pixelsOf(size) }))
    .filter(({ pixels }) => pixels > 0)
    .sort((one, other) => one.pixels - other.pixels);
  const qualities = options.quality && "values" in options.quality ? options.quality.values : [];
  return {
    prompt: "A small red lighthouse on a white background, simple flat drawing",
    provider: name,
    ...(bySize[0] ? { resolution: bySize[0].size } : {}),
    ...(qualities.includes("low") ? { quality: "low" } : {}),
  };
}

/** 0 for a size that is not written as width and height. */
function pixelsOf(size: string): number {
  const [, width = "0", height = "0"] = /^(\d+)[x:](\d+)$/.exec(size) ?? [];
  return Number(width) * Number(height);
}
