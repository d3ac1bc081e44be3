/** From each provider to each: what the next one is asked for where the first is down. */

import assert from "node:assert/strict";
import { loadConfiguration } from "../../src/app/configuration.ts";
import { parseRequest, type RequestArguments } from "../../src/requests/parse.ts";
import type { Attempt } from "../../src/requests/request.ts";
import { route } from "../../src/requests/route.ts";
import { isLegalSize, nameOf, parseSize, type PixelSize } from "../../src/requests/size.ts";
import { isNeutralStyle } from "../../src/requests/style.ts";
import { surroundingsOf } from "../support/app.ts";
import { PROVIDER_KEYS } from "../support/provider_keys.ts";

const { providers, problems } = loadConfiguration(
  surroundingsOf({
    ...PROVIDER_KEYS,
    SDWEBUI_URL: "http://127.0.0.1:7860",
    COMFYUI_URL: "http://127.0.0.1:8188",
    MCP_ENABLE_PLACEHOLDER: "true",
  }, "/nowhere"),
  new Map(),
);
const PROVIDERS = [...providers.on];

/** Styles that are one look by several names, with "_" between words. */
const LOOKS: readonly (readonly string[])[] = [
  ["anime", "riman", "dongman"],
  ["photographic", "realistic", "xieshi", "cinematic", "analog_film"],
  ["comic_book", "manhua"],
  ["3d_model", "3dxuanran", "low_poly", "isometric"],
  ["pixel_art", "xiangsu"],
  ["cyberpunk", "saibopengke", "neon_punk"],
  ["oil_painting", "youhua"],
  ["chinese_painting", "shuimo"],
  ["sketch", "line_art"],
  ["fantasy", "fantasy_art"],
  ["digital_art"],
  ["watercolor"],
  ["minimalist"],
  ["cartoon"],
];

Deno.test("every provider there is takes part", () => {
  assert.deepEqual(problems, []);
  assert.deepEqual([...providers.off.keys()], []);
});

for (const [from, provider] of PROVIDERS) {
  Deno.test(`a style of ${from} becomes the same look at each other provider that has it`, () => {
    for (const style of Object.keys(provider.capabilities().styles)) {
      const attempts = attemptsFrom(from, { style });
      const look = LOOKS.find((names) => names.includes(plain(style)));
      for (const [to, other] of PROVIDERS) {
        if (to === from) continue;
        const { request, warnings } = attemptAt(to, attempts);
        const what = `${from} ${style} → ${to} ${request.style}`;
        const has = Object.keys(other.capabilities().styles);
        assert.ok(request.style === undefined || has.includes(request.style), what);
        if (look && has.some((each) => look.includes(plain(each)))) {
          assert.ok(look.includes(plain(request.style ?? "")), what);
        }
        const isTold = warnings.some((each) => each.includes(`'${style}'`));
        assert.equal(isTold, request.style !== style && !isNeutralStyle(style), what);
      }
    }
  });

  Deno.test(`a size of ${from} stays, or becomes one like it that each other provider draws`, () => {
    for (const resolution of Object.keys(provider.capabilities().sizes.listed)) {
      const attempts = attemptsFrom(from, { resolution });
      const wanted = parseSize(attempts[0].request.size ?? resolution);
      if (wanted === undefined || wanted === "auto") continue;
      for (const [to, other] of PROVIDERS) {
        if (to === from) continue;
        const { request, warnings } = attemptAt(to, attempts);
        const what = `${from} ${resolution} → ${to} ${request.size}`;
        const { sizes } = other.capabilities();
        const size = parseSize(request.size ?? "") as PixelSize;
        assert.ok(isLegalSize(nameOf(size), sizes), what);
        const isSame: boolean = size.width === wanted.width && size.height === wanted.height;
        assert.equal(isSame, isLegalSize(nameOf(wanted), sizes), what);
        assert.equal(orientationOf(size), orientationOf(wanted), what);
        assert.ok(isSame || warnings.some((each) => each.includes(to)), `${what}: ${warnings}`);
      }
    }
  });
}

/** The plan of a request where `from` is the first choice, and all others follow. */
function attemptsFrom(
  from: string,
  args: Partial<RequestArguments>,
): readonly [Attempt, ...Attempt[]] {
  const on = new Map([[from, providers.on.get(from)!], ...PROVIDERS]);
  const { attempts } = route(parseRequest({ prompt: "a cat", ...args }), { ...providers, on });
  assert.equal(attempts[0].provider, from);
  return attempts;
}

function attemptAt(name: string, attempts: readonly Attempt[]): Attempt {
  const attempt = attempts.find(({ provider }) => provider === name);
  assert.ok(attempt, `${attempts[0]?.provider} → ${name}: there is no attempt`);
  return attempt;
}

function plain(style: string): string {
  return style.replaceAll("-", "_");
}

function orientationOf({ width, height }: PixelSize): number {
  return Math.sign(width - height);
}
