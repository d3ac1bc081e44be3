/** One line per event on stderr; stdout belongs to the protocol. */

import { printable, printableLine } from "./printable.ts";
import { hideSecrets } from "./secrets.ts";

export const LOG_LEVELS = ["debug", "info", "warning", "error", "off"] as const;
export type LogLevel = typeof LOG_LEVELS[number];

export type LogFields = Readonly<Record<string, unknown>>;

export interface Logger {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warning(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

export interface LogOptions {
  readonly level: LogLevel;
  readonly format: "text" | "json";
  /** Read at every line, since a reload may bring new ones. */
  readonly secrets: () => readonly string[];
  readonly write?: (line: string) => void;
  readonly now?: () => Date;
}

/** A logger that drops events below `level`, hides every secret in the others and steers no terminal. */
export function createLogger(options: LogOptions): Logger {
  const { level, format, secrets, write = writeToStderr, now = () => new Date() } = options;
  const threshold = LOG_LEVELS.indexOf(level);
  const at = (name: LogLevel) => (event: string, fields: LogFields = {}) => {
    if (LOG_LEVELS.indexOf(name) < threshold) return;
    const clean = (text: string) => printable(hideSecrets(text, secrets()));
    const record = withTexts({ time: now().toISOString(), level: name, event, ...fields }, clean);
    write(format === "json" ? JSON.stringify(record) : recordAsText(record));
  };
  return { debug: at("debug"), info: at("info"), warning: at("warning"), error: at("error") };
}

/** A logger that says nothing, for tests and for commands that speak for themselves. */
export const silentLogger: Logger = {
  debug() {},
  info() {},
  warning() {},
  error() {},
};

/** A copy of `fields` as JSON would keep them, with every text in them changed. */
function withTexts(fields: LogFields, change: (text: string) => string): LogFields {
  const changed = (_name: string, value: unknown) =>
    typeof value === "string" ? change(value) : value;
  return JSON.parse(JSON.stringify(fields, changed));
}

function recordAsText({ time, level, event, ...fields }: LogFields): string {
  const pairs = Object.entries(fields).map(([name, value]) => ` ${name}=${valueAsText(value)}`);
  return `${time} ${level} ${printableLine(String(event))}${pairs.join("")}`;
}

function valueAsText(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return /[\s"=]/.test(text) ? JSON.stringify(text) : text;
}

function writeToStderr(line: string): void {
  try {
    Deno.stderr.writeSync(new TextEncoder().encode(line + "\n"));
  } catch {
    // A closed stderr must not take the server down.
  }
}
