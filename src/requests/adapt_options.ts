/** The settings that a vendor has or lacks: quality, background, output format and the like. */

import { oneOf } from "../errors.ts";
import type { Capabilities, ImageProvider, OptionRule } from "../providers/provider.ts";
import { type AdaptContext, CannotAdapt, namesOf } from "./adapt_context.ts";
import { conversionFor, offeredOptions } from "./conversion.ts";
import type { Conversion, Options } from "./request.ts";

export interface AdaptedOptions {
  /** What the vendor is asked for. */
  readonly options: Options;
  /** What is left to do with its pictures. */
  readonly conversion?: Conversion;
}

export function adaptOptions(options: Options, context: AdaptContext): AdaptedOptions {
  const accepted: Record<string, string | number> = {};
  for (const [option, given] of Object.entries(options)) {
    const value = valueMeant(option, given, context.capabilities);
    if (value !== given) {
      const sentence = `${option} '${given}' was taken as '${value}'`;
      context.departures.push({ argument: option, kind: "approximated", sentence });
    }
    if (isAccepted(option, value, context)) accepted[option] = value;
  }
  return conversionFor(options, accepted, context.capabilities.options);
}

/** The value itself, or where the vendor has none of that name the one that it means. */
function valueMeant(
  option: string,
  value: string | number,
  { options }: Pick<Capabilities, "options">,
): string | number {
  const rule = options[option];
  if (option !== "quality" || isLegalOption(value, rule)) return value;
  const words = QUALITY_WORDS.find((words) => words.includes(String(value))) ?? [];
  return words.find((word) => isLegalOption(word, rule)) ?? value;
}

/** Words that mean one quality; a vendor has some of the first of them. */
const QUALITY_WORDS: readonly (readonly string[])[] = [
  ["high", "hd", "best", "highest", "max", "maximum", "ultra", "premium", "高", "最高", "高清"],
  ["medium", "standard", "normal", "middle", "mid", "balanced", "regular", "中", "中等", "标准"],
  ["low", "lowest", "draft", "fast", "quick", "低", "草稿"],
];

/** Whether the option can be had of the provider, of its vendor or by a conversion. */
export function canHonour(
  option: string,
  value: string | number,
  { options }: Pick<Capabilities, "options">,
): boolean {
  const meant = valueMeant(option, value, { options });
  return isLegalOption(meant, offeredOptions(options)[option]);
}

export function isWholeNumberWithin(
  value: number,
  bounds: { minimum: number; maximum: number },
): boolean {
  return Number.isInteger(value) && value >= bounds.minimum && value <= bounds.maximum;
}

/** Options that a picture may go without: leaving one out deserves a warning, not an error. */
export const APPROXIMATE_OPTIONS: ReadonlySet<string> = new Set(["quality"]);

/** Whether the vendor itself takes it. @throws {CannotAdapt} where nobody here can honour it. */
function isAccepted(option: string, value: string | number, context: AdaptContext): boolean {
  const { name, capabilities, departures } = context;
  const rule = capabilities.options[option];
  if (isLegalOption(value, rule)) return true;
  // "auto" leaves it to the vendor, and so does not saying it.
  if (value === "auto" || canHonour(option, value, capabilities)) return false;
  if (rule === undefined && APPROXIMATE_OPTIONS.has(option)) {
    const sentence = `${name} has no setting '${option}', so ${option} '${value}' was left out`;
    departures.push({ argument: option, kind: "left out", sentence });
    return false;
  }
  throw refusal(option, value, context);
}

function refusal(option: string, value: string | number, context: AdaptContext): CannotAdapt {
  const { name, capabilities, others } = context;
  const rule = offeredOptions(capabilities.options)[option];
  const having = others.filter((other) => canHonour(option, value, other.capabilities()));
  const isKnown = rule === undefined || having.length > 0 || KNOWN_VALUES.has(value);
  const reason = rule ? `takes no ${option} '${value}'` : `has no setting '${option}'`;
  return new CannotAdapt(
    "invalid_parameters",
    option,
    reason,
    name,
    [isKnown ? leaveItOut(having) : `'${option}' must be ${legalValues(rule)}`],
    { [option]: value, ...dataOf(rule, isKnown) },
  );
}

/** What to do where the value is right and the provider is not. */
function leaveItOut(having: readonly ImageProvider[]): string {
  return having.length > 0
    ? `Leave it out, or use provider ${namesOf(having)}`
    : "Leave it out: no configured provider has it";
}

/** Values that some provider has, if perhaps none that is on. */
const KNOWN_VALUES: ReadonlySet<unknown> = new Set(["transparent"]);

function isLegalOption(value: string | number, rule: OptionRule | undefined): boolean {
  if (rule === undefined) return false;
  if ("values" in rule) return typeof value === "string" && rule.values.includes(value);
  return typeof value === "number" && isWholeNumberWithin(value, rule);
}

/** The rule for programs; a list of values is said once, by the sentence where that names them. */
function dataOf(rule: OptionRule | undefined, isToldOnlyHere: boolean) {
  if (!rule || !("values" in rule)) return rule;
  return isToldOnlyHere ? { legal_values: rule.values } : {};
}

function legalValues(rule: OptionRule): string {
  if ("values" in rule) return oneOf(rule.values);
  return `a whole number from ${rule.minimum} to ${rule.maximum}`;
}
