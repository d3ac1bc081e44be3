/** The text of a drawing as models write it: made what the rasteriser reads, and measured. */

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Where a text was changed: every position up to `start` is the same, later ones are shifted. */
export interface Frame {
  readonly svg: string;
  /** The index in the text given of what stands at an index of `svg`. */
  readonly indexOf: (index: number) => number;
}

/**
 * The drawing at exactly that size: whole and centred where it is of another shape, unless its own
 * `preserveAspectRatio` says else. What stands before and after the elements is left out, such as the
 * fences of Markdown, and the namespaces that browsers do not ask for either are added.
 * Undefined where there is no `svg` element at the top.
 */
export function framed(text: string, { width, height }: Size): Frame | undefined {
  const root = rootOf(text);
  if (!root) return undefined;
  const own = ownSize(root);
  const added = { width, height, ...namespacesFor(text, root), ...viewBoxFor(root, own) };
  const words = Object.entries(added).map(([name, value]) => ` ${name}="${value}"`).join("");
  const kept = root.tag.slice(root.name.length + 1).replace(SIZE_ATTRIBUTE, "");
  const tag = `<${root.name}${words}${kept}`;
  const before = text.slice(root.first, root.start);
  const end = root.start + root.tag.length;
  return {
    svg: before + tag + text.slice(end, Math.max(end, text.lastIndexOf(">") + 1)),
    indexOf: (index) =>
      index < before.length
        ? index + root.first
        : Math.max(root.start, index - before.length - tag.length + end),
  };
}

/** How large it says it is, in pixels; as browsers take it where it says nothing. */
export function sizeOf(text: string): Size | undefined {
  const root = rootOf(text);
  return root && ownSize(root);
}

interface Root {
  /** Such as "svg", or "s:svg". */
  readonly name: string;
  readonly tag: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Indices in the text: of the first element or instruction, and of the tag. */
  readonly first: number;
  readonly start: number;
}

function rootOf(text: string): Root | undefined {
  const first = text.indexOf("<");
  if (first < 0) return undefined;
  BEFORE_ROOT.lastIndex = first;
  BEFORE_ROOT.exec(text);
  ROOT_TAG.lastIndex = BEFORE_ROOT.lastIndex;
  const [tag, name] = ROOT_TAG.exec(text) ?? [];
  if (tag === undefined || name === undefined) return undefined;
  const start = ROOT_TAG.lastIndex - tag.length;
  const attributes = Object.fromEntries(
    [...tag.matchAll(ATTRIBUTE)].map(([, name, value]) => [name, value!.slice(1, -1)]),
  );
  return { name, tag, attributes, first, start };
}

/** Instructions, comments, and a type with what it declares. */
const BEFORE_ROOT =
  /(?:\s|<\?[^]*?\?>|<!--[^]*?-->|<!DOCTYPE[^[>]{0,1000}(?:\[[^\]]*\]\s{0,100})?>)*/y;
const ROOT_TAG = /<((?:[\w.-]{1,100}:)?svg)(?=[\s/>])(?:[^"'>]|"[^"]*"|'[^']*')*>/y;
const ATTRIBUTE = /\s([\w:.-]+)\s*=\s*("[^"]*"|'[^']*')/g;
const SIZE_ATTRIBUTE = /\s(?:width|height)\s*=\s*(?:"[^"]*"|'[^']*')/g;

function ownSize({ attributes }: Root): Size {
  const [, , across = NaN, down = NaN] = viewBoxIn(attributes.viewBox) ?? [];
  const [width, height] = [pixelsIn(attributes.width), pixelsIn(attributes.height)];
  if (width && height) return { width, height };
  if (width && across) return { width, height: width * down / across };
  if (height && across) return { width: height * across / down, height };
  return across ? { width: across, height: down } : { width: width ?? 300, height: height ?? 150 };
}

function viewBoxIn(text = ""): readonly number[] | undefined {
  const numbers = text.trim().split(/[\s,]+/).map(Number);
  const isOne = numbers.length === 4 && numbers.every(Number.isFinite) && numbers[2]! > 0 &&
    numbers[3]! > 0;
  return isOne ? numbers : undefined;
}

function pixelsIn(text = ""): number | undefined {
  const [, number, unit = ""] = /^\s*\+?(\d*\.?\d+(?:e[+-]?\d+)?)\s*([a-z]*)\s*$/i.exec(text) ?? [];
  const pixels = Number(number) * (UNITS[unit.toLowerCase()] ?? NaN);
  return pixels > 0 && pixels < Infinity ? pixels : undefined;
}

/** In pixels. */
const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  px: 1,
  pt: 96 / 72,
  pc: 16,
  mm: 96 / 25.4,
  cm: 96 / 2.54,
  in: 96,
  em: 16,
  rem: 16,
};

function viewBoxFor({ attributes }: Root, { width, height }: Size): Record<string, string> {
  return "viewBox" in attributes ? {} : { viewBox: `0 0 ${width} ${height}` };
}

function namespacesFor(text: string, { name, attributes }: Root): Record<string, string> {
  return {
    ...name === "svg" && !("xmlns" in attributes) && { xmlns: "http://www.w3.org/2000/svg" },
    ...text.includes("xlink:") && !text.includes("xmlns:xlink") &&
      { "xmlns:xlink": "http://www.w3.org/1999/xlink" },
  };
}
