/** Edits of pictures that come in: redrawn within a mask, or as a whole in the prompt's mood. */

import { composeImage, type Layer, makeColourTable } from "../../images/compose.ts";
import type { ImageRequest, InputImage } from "../provider.ts";
import { type Card, makeCards } from "./cards.ts";
import { type Drawing, drawPicture, drawThings, repaint } from "./draw.ts";
import { lookOf } from "./looks.ts";
import { roomIn } from "./room.ts";

export type Edit = Drawing & Pick<ImageRequest, "inputs" | "mask" | "strength">;

/**
 * A PNG of the drawing's size, the same bytes for the same request. Within a mask, the scene of
 * the prompt takes the place of the base picture, whose pixels stay outside; without one, the
 * base takes the scene's tones, or those of a picture or of a name of a style, and the things of
 * the prompt upon it. Other pictures are pinned to it. @throws the signal's reason.
 */
export async function drawEdit(edit: Edit, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
  const having = (role: InputImage["role"]) => edit.inputs.filter((input) => input.role === role);
  const [base, style] = [having("base")[0]?.bytes, having("style")[0]?.bytes];
  const cards = await makeCards(having("reference"), signal);
  const drawing = { ...edit, cards };
  const layers = base === undefined
    ? await drawn(drawing, style, signal)
    : edit.mask
    ? await withinMask(drawing, base, edit.mask.bytes, style, signal)
    : await allOver(drawing, base, style, signal);
  const { width, height } = edit;
  const made = await composeImage({ width, height, layers, output: { format: "png" } }, { signal });
  return made!.bytes;
}

type EditWithCards = Edit & { readonly cards: readonly Card[] };
type Layers = readonly Layer[];

async function drawn(
  edit: EditWithCards,
  style: Uint8Array | undefined,
  signal: AbortSignal,
): Promise<Layers> {
  return [{ bytes: await drawPicture(edit, signal), ...inTonesOf(style) }];
}

/** The scene is drawn for the room that the mask leaves, so that all of it can be seen. */
async function withinMask(
  edit: EditWithCards,
  base: Uint8Array,
  mask: Uint8Array,
  style: Uint8Array | undefined,
  signal: AbortSignal,
): Promise<Layers> {
  const { area, frame } = await roomIn(mask, edit, signal);
  const { width, height } = area;
  const longest = Math.max(edit.width, edit.height);
  const bytes = await drawPicture({ ...edit, width, height, frame, longest }, signal);
  const { strength: opacity = 1 } = edit;
  return [{ bytes: base }, { bytes, area, mask, opacity, ...inTonesOf(style) }];
}

async function allOver(
  edit: EditWithCards,
  base: Uint8Array,
  style: Uint8Array | undefined,
  signal: AbortSignal,
): Promise<Layers> {
  const { strength = USUAL_STRENGTH } = edit;
  const scene = await drawPicture({ ...edit, cards: [] }, signal);
  const { tint, painter, line, sky, paper } = lookOf(edit.style);
  const hasMood = edit.style === undefined || (sky && !paper);
  const tones = inTonesOf(style).tones ?? { bytes: scene, share: MOOD_SHARE };
  const changed: Layer = {
    bytes: base,
    ...(style || hasMood ? { tones } : {}),
    colours: makeColourTable(tint),
    outlines: line && { colour: line.colour, opacity: line.opacity },
  };
  const opacity = Math.min(1, strength / USUAL_STRENGTH);
  const beyond = Math.max(0, (strength - USUAL_STRENGTH) / (1 - USUAL_STRENGTH));
  return [
    { bytes: base },
    painter ? { bytes: await painted(edit, changed, signal), opacity } : { ...changed, opacity },
    { bytes: scene, opacity: beyond },
    { bytes: await drawThings(edit, signal), opacity: Math.min(1, strength * 4) },
  ];
}

/** From 0 to here the base picture turns into the changed one, from here to 1 into the scene. */
const USUAL_STRENGTH = 0.6;

/** How far the base picture takes the tones of the prompt's scene, and of a picture of a style. */
const MOOD_SHARE = 0.8;
const STYLE_SHARE = 0.9;

function inTonesOf(style: Uint8Array | undefined): Pick<Layer, "tones"> {
  return style ? { tones: { bytes: style, share: STYLE_SHARE } } : {};
}

/** Made of a small copy, of which nothing is left but what a brush would paint. */
async function painted(edit: Drawing, layer: Layer, signal: AbortSignal): Promise<Uint8Array> {
  const scale = Math.min(1, COPY_SIDE / Math.max(edit.width, edit.height));
  const [width, height] = [edit.width, edit.height].map((side) => Math.ceil(side * scale));
  const copy = {
    width: width!,
    height: height!,
    layers: [layer],
    output: { format: "png" } as const,
  };
  return await repaint(edit, (await composeImage(copy, { signal }))!, signal);
}

const COPY_SIDE = 288;
