/** Pictures shown in the terminal that a command runs in, where that can be. */

import { identifyImage } from "../../images/media_type.ts";
import { sixelsOf } from "../../images/sixel.ts";
import { decodeImage, transformImage } from "../../images/transform.ts";
import type { CommandContext } from "../context.ts";
import { type Abilities, abilitiesIn, isAnswered, QUESTIONS } from "./abilities.ts";

/** Shows a picture below what stands in the terminal; what cannot be decoded is left out. */
export type ShowPicture = (bytes: Uint8Array) => Promise<void>;

/** Asks the terminal at once; undefined where it shows no pictures or nobody sits before it. */
export async function openPreview(
  { screen, write }: Pick<CommandContext, "screen" | "write">,
): Promise<ShowPicture | undefined> {
  const opened = await screen();
  if (!opened) return undefined;
  const answer = await opened.ask(QUESTIONS, isAnswered, TIME_LIMIT);
  const abilities = abilitiesIn(answer);
  if (!abilities) return undefined;
  const { cell } = abilities;
  const box = {
    width: Math.max(1, Math.min(opened.columns - 1, MOST_COLUMNS)) * cell.width,
    height: Math.max(1, Math.min(opened.rows - 4, MOST_ROWS)) * cell.height,
  };
  return async (bytes) => {
    const small = await smaller(bytes, box).catch(() => undefined);
    if (small) write(`${await PROTOCOLS[abilities.protocol](small)}\n`);
  };
}

interface Box {
  readonly width: number;
  readonly height: number;
}

interface Small extends Box {
  /** A PNG. */
  readonly bytes: Uint8Array;
}

/** At most as large as the box, and as the picture is. */
async function smaller(bytes: Uint8Array, box: Box): Promise<Small | undefined> {
  const png = { format: "png" } as const;
  const { width, height } = identifyImage(bytes) ?? {};
  if (!width || !height) return undefined;
  const fitting = {
    do: "resize",
    width: Math.min(width, box.width),
    height: Math.min(height, box.height),
  } as const;
  return await transformImage(bytes, [fitting], png);
}

const PROTOCOLS: Readonly<Record<Abilities["protocol"], (picture: Small) => Promise<string>>> = {
  /** In pieces of 4096 letters, of which the first says what it is; nothing is to be answered. */
  kitty: ({ bytes }) => {
    const base64 = bytes.toBase64();
    let text = "";
    for (let from = 0; from < base64.length; from += PIECE) {
      const isLast = from + PIECE >= base64.length;
      const about = `${from === 0 ? "a=T,f=100,q=2," : ""}m=${isLast ? 0 : 1}`;
      text += `\x1b_G${about};${base64.slice(from, from + PIECE)}\x1b\\`;
    }
    return Promise.resolve(text);
  },
  iterm2: ({ bytes, width, height }) => {
    const about = `inline=1;size=${bytes.length};width=${width}px;height=${height}px`;
    return Promise.resolve(`\x1b]1337;File=${about}:${bytes.toBase64()}\x07`);
  },
  sixel: async ({ bytes }) => sixelsOf(await decodeImage(bytes)),
};

/** Letters of one of kitty's pieces. */
const PIECE = 4096;
/** Milliseconds that a terminal may take to answer, such as one at the other end of a slow line. */
const TIME_LIMIT = 500;
/** Cells of the largest picture. */
const MOST_COLUMNS = 80;
const MOST_ROWS = 30;
