/** Words for values, other than the legal ones, that models write and people say. */

import { ANY_SEED } from "../../requests/request.ts";
import { wordTable } from "../../requests/word_table.ts";
import type { Argument } from "../declarations/argument.ts";

/** What stands for an argument left out. */
export const LEFT_OUT = Symbol("left out");

/**
 * The value that `given` means as the argument `name`: legal for it, or `LEFT_OUT`; undefined where
 * it is no word for one.
 */
export function valueMeant(name: string, argument: Argument, given: unknown): unknown {
  if (typeof given === "number" && WRITTEN_AS_TEXT.has(name)) return String(given);
  const word = typeof given === "number" ? String(given) : given;
  if (typeof word !== "string" || word.length > LONGEST) return undefined;
  const plain = word.trim().toLowerCase().replace(/(?<=\S)[\s_-]+(?=\S)/g, "_");
  const meant = MEANINGS.get(name)?.get(plain);
  if (meant === undefined || meant === LEFT_OUT) return meant;
  if (argument.type === "string") return argument.enum?.find((legal) => legal === meant);
  return argument.type === "integer" && typeof meant === "number" ? meant : undefined;
}

/** Texts that may come as a number, such as a shape of 1.5. */
const WRITTEN_AS_TEXT: ReadonlySet<string> = new Set(["aspect_ratio", "resolution", "max_bytes"]);

/** The words for one value. */
type Row = readonly [value: string | number | typeof LEFT_OUT, words: string];

/** By the argument's name; the words in lower case, with "_" between their parts. */
const ROWS: Readonly<Record<string, readonly Row[]>> = {
  seed: [[ANY_SEED, "-1 random any auto none 随机 ランダム 무작위 aleatorio zufällig aléatoire"]],
  status: [
    [
      "running",
      "pending queued waiting active started processing in_progress ongoing 运行中 进行中",
    ],
    ["finished", "done complete completed success succeeded successful ready ok 完成 已完成 成功"],
    ["failed", "error errored failure broken 失败 出错"],
    ["cancelled", "canceled aborted stopped cancel 取消 已取消"],
    [LEFT_OUT, "all any every * 全部 所有"],
  ],
  role: [
    ["base", "input source original main init edit target"],
    ["reference", "ref example content subject character object"],
    ["style", "style_reference style_ref look"],
  ],
  format: [
    ["data", "base64 b64 b64_json bytes raw full original binary"],
    ["preview", "thumbnail thumb small image inline"],
  ],
  kind: [
    ["subject", "person character face object product pet concept thing 人物 主体"],
    ["style", "look art_style 风格"],
  ],
  rotate: [
    [90, "right clockwise cw quarter_right 90° 90_degrees +90 向右 右 顺时针 右に90度"],
    [180, "upside_down half 180° 180_degrees 上下颠倒 倒过来"],
    [
      270,
      "left counterclockwise counter_clockwise anticlockwise ccw quarter_left -90° -90_degrees",
    ],
    [270, "270° 270_degrees 向左 左 逆时针"],
    [LEFT_OUT, "none no"],
  ],
};

const MEANINGS: ReadonlyMap<string, ReadonlyMap<string, Row[0]>> = new Map(
  Object.entries(ROWS).map(([name, rows]) => [name, wordTable(rows)]),
);

/** In characters. */
const LONGEST = 40;
