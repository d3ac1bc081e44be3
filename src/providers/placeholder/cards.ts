/** Pictures that come in as examples, shown as cards that are pinned to the picture. */

import { composeImage } from "../../images/compose.ts";
import { css, hex } from "../../images/svg/colour.ts";
import { box, element, pathOf, short } from "../../images/svg/markup.ts";
import type { InputImage } from "../provider.ts";
import type { Frame } from "./layout.ts";

/** A small copy of a picture, ready to be drawn. */
export interface Card {
  readonly address: string;
  readonly width: number;
  readonly height: number;
}

/** Copies small enough for all of them to be part of one drawing. */
export async function makeCards(
  pictures: readonly InputImage[],
  signal: AbortSignal,
): Promise<Card[]> {
  const side = pictures.length > 4 ? 192 : 384;
  const cards: Card[] = [];
  for (const picture of pictures) { // one at a time, since each takes memory for a moment
    const scale = Math.min(1, side / Math.max(picture.width, picture.height));
    const [width, height] = [picture.width, picture.height].map((length) =>
      Math.max(1, Math.round(length * scale))
    ) as [number, number];
    const layers = [{ bytes: picture.bytes }];
    const output = { format: "jpeg", quality: 85 } as const;
    const { bytes } = (await composeImage({ width, height, layers, output }, { signal }))!;
    cards.push({ address: `data:image/jpeg;base64,${bytes.toBase64()}`, width, height });
  }
  return cards;
}

/** The cards in rows in the upper part of a frame, as large as they can be. */
export function drawCards(
  cards: readonly Card[],
  { left, top, width, height }: Frame,
): string {
  if (cards.length === 0) return "";
  const unit = Math.min(width, height);
  const room = { width: width - unit * 0.1, height: Math.min(height * 0.36, unit * 0.42) };
  const plans = cards.map((_, index) => {
    const columns = index + 1;
    const rows = Math.ceil(cards.length / columns);
    return { columns, pitch: Math.min(room.width / columns, room.height / rows) };
  });
  const { columns, pitch } = plans.reduce((best, plan) => plan.pitch > best.pitch ? plan : best);
  return cards.map((card, index) => {
    const row = Math.floor(index / columns);
    const inRow = Math.min(columns, cards.length - row * columns);
    const x = left + width / 2 + (index % columns - (inRow - 1) / 2) * pitch;
    return drawCard(
      card,
      x,
      top + unit * 0.05 + (row + 0.5) * pitch,
      pitch * 0.86,
      TILTS[index % 4]!,
    );
  }).join("");
}

/** In degrees. */
const TILTS = [-4, 3, -2, 5];

/** White around it, and a shadow that lifts it off the picture. */
function drawCard(card: Card, x: number, y: number, size: number, tilt: number): string {
  const scale = size * 0.9 / Math.max(card.width, card.height);
  const [width, height] = [card.width * scale, card.height * scale];
  const rim = size * 0.05;
  const sheet = (out: number, fall: number) =>
    box(-width / 2 - out, -height / 2 - out + fall, width + out * 2, height + out * 2);
  const picture = { href: card.address, x: -width / 2, y: -height / 2, width, height };
  return element(
    "g",
    { transform: `translate(${short(x)} ${short(y)}) rotate(${tilt})` },
    SHADOWS.map((out) => pathOf(sheet(rim + size * out, size * 0.03), css([0, 0, 0], 0.1))).join(
      "",
    ) +
      pathOf(sheet(rim, 0), css(hex("#fdfcf8"))) +
      element("image", { ...picture, preserveAspectRatio: "none" }),
  );
}

const SHADOWS = [0.03, 0.02, 0.01];
