/** Looks into answers whose shape nobody vouches for. */

import { isRecord, parsedJson } from "../../json.ts";

export type Json = Readonly<Record<string, unknown>>;

/** An object as it is; empty for anything else. */
export function objectOf(value: unknown): Json {
  return isRecord(value) ? value : {};
}

/** A list of objects; empty for anything else. */
export function listOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.map(objectOf) : [];
}

/** A text as it is; empty for anything else. */
export function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** The texts under `key` of every object in a list. */
export function textsOf(list: unknown, key: string): readonly string[] {
  return listOf(list).map((item) => textOf(item[key])).filter(Boolean);
}

export function isJson(text: string): boolean {
  return parsedJson(text) !== undefined;
}

/** The object that `text` holds; empty for any other text. */
export function parseObject(text: string): Json {
  return objectOf(parsedJson(text));
}

/** @throws the complaint where what it is about is not met. */
export function demand(isMet: boolean, complaint: string): void {
  if (!isMet) throw new Error(complaint);
}
