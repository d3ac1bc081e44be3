/** The rows of a CSV or JSONL file, each with the line that it begins on. */

import { extname } from "node:path";
import { ImageError, messageOf } from "../../errors.ts";
import { isRecord, parsedJson } from "../../json.ts";
import { badItems, type Said } from "../../mcp/arguments/batch_items.ts";

export interface Row {
  readonly line: number;
  /** By the names of columns or members. */
  readonly values: Readonly<Record<string, unknown>>;
}

/** Many times what the prompts of a batch take. */
const MOST_BYTES = 32 * 1024 * 1024;

/**
 * Reads a file whole. What is empty in it is left out; a line of JSONL that is a text is a prompt.
 * @throws {ImageError} that names the line where it is not what its name says.
 */
export async function readRows(path: string): Promise<readonly Row[]> {
  const read = READERS[extname(path).toLowerCase()];
  if (!read) {
    throw wrongFile(`${path} is no list of prompts: its name must end in .csv, .tsv or .jsonl`);
  }
  const rows = await read(await textOf(path), path);
  if (rows.length > 0) return rows;
  throw wrongFile(`${path} asks for nothing: it has no line with a prompt`);
}

const READERS: Readonly<
  Record<string, (text: string, path: string) => readonly Row[] | Promise<readonly Row[]>>
> = {
  ".csv": readCsv,
  ".tsv": readCsv,
  ".jsonl": readJsonLines,
  ".ndjson": readJsonLines,
};

async function textOf(path: string): Promise<string> {
  try {
    const { size } = await Deno.stat(path);
    if (size > MOST_BYTES) throw wrongFile(`${path} has ${size} bytes, more than ${MOST_BYTES}`);
    // A byte order mark, as Excel writes it, is left out.
    return new TextDecoder("utf-8", { fatal: true }).decode(await Deno.readFile(path));
  } catch (error) {
    if (error instanceof ImageError) throw error;
    if (error instanceof TypeError) {
      throw wrongFile(`${path} is not UTF-8 text: save it as "CSV UTF-8"`);
    }
    const reason = error instanceof Deno.errors.NotFound ? "there is none" : messageOf(error);
    throw wrongFile(`${path} cannot be read: ${reason}`);
  }
}

/** The first line names the columns; what separates them is what it has most of. */
async function readCsv(text: string, path: string): Promise<readonly Row[]> {
  const { CsvError, parseCsv } = await import("../../dependencies/csv_parse.ts");
  let columns: readonly string[] = [];
  try {
    const parsed = parseCsv(text, {
      columns: (header: string[]) => columns = checkedColumns(header, path),
      delimiter: delimiterOf(text),
      info: true,
      raw: true,
      skipEmptyLines: true,
      skipRecordsWithEmptyValues: true,
      trim: true,
    }) as unknown as readonly ParsedRecord[];
    return parsed.map(({ record, info, raw }) => ({
      line: info.lines - lineBreaksIn(raw.trim()),
      values: Object.fromEntries(Object.entries(record).filter(([, value]) => value !== "")),
    }));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const { code, lines, column } = error as unknown as CsvTrouble;
    const found = Array.isArray(error.record) ? error.record.length : undefined;
    throw wrongFile(`${path}, line ${lines}: ${mistakeOf(code, columns, found, column)}`);
  }
}

interface ParsedRecord {
  readonly record: Readonly<Record<string, string>>;
  /** The line that the record ends on, from 1. */
  readonly info: { readonly lines: number };
  readonly raw: string;
}

interface CsvTrouble {
  readonly code: string;
  readonly lines: number;
  readonly column?: string | number;
}

function mistakeOf(
  code: string,
  columns: readonly string[],
  found: number | undefined,
  column: string | number | undefined,
): string {
  if (code === "CSV_RECORD_INCONSISTENT_COLUMNS") {
    return `it has ${found ?? "other than"} values and the first line names ${columns.length} ` +
      "columns: put a value that holds the separator between double quotes";
  }
  if (code === "CSV_QUOTE_NOT_CLOSED") return "a double quote opens there that is never closed";
  const place = column === undefined ? "" : ` in column '${column}'`;
  return `its double quotes are wrong${place}: a value that holds one is quoted, with each written twice`;
}

function checkedColumns(header: readonly string[], path: string): string[] {
  const names = header.map((name) => name.trim());
  const empty = names.indexOf("");
  if (empty >= 0) throw wrongFile(`${path}, line 1: column ${empty + 1} has no name`);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice === undefined) return names;
  throw wrongFile(`${path}, line 1: column '${twice}' is there twice`);
}

/** Spreadsheets of many languages separate by semicolons. */
function delimiterOf(text: string): string {
  const [first = ""] = text.trimStart().split(/\r?\n/, 1);
  const counts = [",", ";", "\t"].map((mark) => ({ mark, count: first.split(mark).length }));
  return counts.toSorted((one, other) => other.count - one.count)[0]!.mark;
}

function lineBreaksIn(text: string): number {
  return text.match(/\r\n|\r|\n/g)?.length ?? 0;
}

function readJsonLines(text: string): readonly Row[] {
  const mistakes: Said[] = [];
  const rows: Row[] = [];
  for (const [index, source] of text.split("\n").entries()) {
    if (source.trim() === "") continue;
    const line = index + 1;
    const values = objectIn(source);
    if (values) rows.push({ line, values });
    else mistakes.push({ place: `line ${line}`, words: NO_OBJECT });
  }
  if (mistakes.length > 0) throw badItems("invalid_arguments", mistakes, Infinity);
  return rows;
}

function objectIn(source: string): Row["values"] | undefined {
  const value = parsedJson(source);
  if (typeof value === "string") return { prompt: value };
  return isRecord(value) ? value : undefined;
}

const NO_OBJECT = 'it must be JSON, an object such as {"prompt": "a cat"} or a text';

function wrongFile(message: string): ImageError {
  return new ImageError("invalid_arguments", message);
}
