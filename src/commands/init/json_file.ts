/** Puts one entry into a JSON file with comments, and leaves every other byte as it is. */

import { isDeepStrictEqual } from "node:util";
import {
  applyEdits,
  findNodeAtLocation,
  getNodeValue,
  type JsonNode,
  modify,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from "../../dependencies/jsonc_parser.ts";
import { isRecord } from "../../json.ts";
import { type Entry, ENTRY_FIELDS, PERSONS_FIELDS } from "./client_entries.ts";
import { positionAt, UnusableFile } from "./unusable_file.ts";

const BYTE_ORDER_MARK = "\uFEFF";

/**
 * `text` with `entry` under `servers` and `name`. Fields of an entry that is
 * already there and are not ours stay.
 * @throws {UnusableFile} where `text` is not valid JSON or has something else in that place.
 */
export function mergeIntoJson(text: string, servers: string, name: string, entry: Entry): string {
  const mark = text.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK : "";
  const content = text.slice(mark.length);
  let merged = content.trim() === "" ? "{}\n" : content;
  for (const field of ENTRY_FIELDS) {
    if (!(field in entry)) merged = remove(merged, [servers, name, field]);
  }
  const changed = Object.entries(entry).filter(([field]) =>
    !PERSONS_FIELDS.includes(field) || !nodeAt(merged, [servers, name, field])
  );
  merged = put(merged, [], { [servers]: { [name]: Object.fromEntries(changed) } });
  return mark + merged;
}

type JsonPath = readonly string[];

/** Sets what is at `path`: objects are merged, anything else is replaced. */
function put(text: string, path: JsonPath, value: unknown): string {
  const node = nodeAt(text, path);
  if (!node) return insert(text, path, value);
  const current = getNodeValue(node);
  if (isDeepStrictEqual(current, value)) return text;
  if (!isRecord(value)) return replace(text, node, value);
  if (node.type !== "object") {
    if (path.length === 3) return replace(text, node, value);
    const place = path.length === 0 ? "The file" : `'${path.join(".")}'`;
    throw new UnusableFile(`${place} must be an object`, positionAt(text, node.offset));
  }
  return Object.entries(value).reduce(
    (merged, [key, inner]) => put(merged, [...path, key], inner),
    text,
  );
}

function remove(text: string, path: JsonPath): string {
  const parent = nodeAt(text, path.slice(0, -1));
  if (parent?.type !== "object" || !nodeAt(text, path)) return text;
  return applyEdits(text, modify(text, [...path], undefined, {}));
}

function nodeAt(text: string, path: JsonPath): JsonNode | undefined {
  return findNodeAtLocation(treeOf(text), [...path]);
}

function treeOf(text: string): JsonNode {
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, { allowTrailingComma: true });
  const [error] = errors;
  if (error) throw new UnusableFile(wordsOf(error), positionAt(text, error.offset));
  if (!tree) throw new UnusableFile("A value was expected", positionAt(text, text.length));
  return tree;
}

/** "PropertyNameExpected" → "Property name expected". */
function wordsOf(error: ParseError): string {
  const words = printParseErrorCode(error.error).replace(/(?<=[a-z])[A-Z]/g, (letter) => {
    return ` ${letter.toLowerCase()}`;
  });
  return words.replace("Invalid symbol", "Unexpected character");
}

function replace(text: string, node: JsonNode, value: unknown): string {
  const before = text.slice(0, node.offset);
  const after = text.slice(node.offset + node.length);
  return before + stringify(text, value, indentOfLine(text, node.offset)) + after;
}

/** Adds a property after the last one, without touching what stands between and around the others. */
function insert(text: string, path: JsonPath, value: unknown): string {
  const parent = nodeAt(text, path.slice(0, -1))!;
  const outer = indentOfLine(text, parent.offset);
  const inner = outer + indentUnit(text);
  const lineEnd = lineEndOf(text);
  const property = `${lineEnd}${inner}${JSON.stringify(path.at(-1))}: ${
    stringify(text, value, inner)
  }`;
  const last = parent.children?.at(-1);
  const end = last ? last.offset + last.length : parent.offset + 1;
  const { comma, at } = last ? afterProperty(text, end) : { comma: true, at: end };
  const rest = text.slice(at);
  const closesHere = /^[^\S\n]*}/.test(rest);
  return text.slice(0, end) + (comma ? "" : ",") + text.slice(end, at) + property +
    (closesHere ? lineEnd + outer + rest.trimStart() : rest);
}

/** Whether a comma follows the property that ends at `end`, and where its line's comments end. */
function afterProperty(text: string, end: number): { comma: boolean; at: number } {
  let comma = false;
  let at = end;
  let isSameLine = true;
  FILLER.lastIndex = end;
  for (let match = FILLER.exec(text); match; match = FILLER.exec(text)) {
    const [token] = match;
    if (token === "\n") isSameLine = false;
    if (token === ",") comma = isSameLine = true;
    if (isSameLine && token.trim() !== "") at = FILLER.lastIndex;
  }
  return { comma, at };
}

/** What may stand between two properties: spaces, a line end, a comma, a comment. */
const FILLER = /[^\S\n]+|\n|,|\/\/[^\r\n]*|\/\*[^]*?\*\//y;

function stringify(text: string, value: unknown, indent: string): string {
  return JSON.stringify(value, null, indentUnit(text))
    .replaceAll("\n", lineEndOf(text) + indent);
}

function indentUnit(text: string): string {
  return /^([ \t]+)"/m.exec(text)?.[1] ?? "  ";
}

function indentOfLine(text: string, offset: number): string {
  const line = text.slice(text.lastIndexOf("\n", offset - 1) + 1);
  return /^[ \t]*/.exec(line)![0];
}

function lineEndOf(text: string): string {
  return text.includes("\r\n") ? "\r\n" : "\n";
}
