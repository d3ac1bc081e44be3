/** The settings that a vendor has or lacks: quality, background, output format and the like. */

import { oneOf } from "../errors.ts";
import type { OptionRule } from "../providers/provider.ts";
import { type AdaptContext, CannotAdapt, whoHas } from "./adapt_context.ts";
import type { Options } from "./request.ts";

export function adaptOptions(options: Options, context: AdaptContext): Options {
  const adapted: Record<string, string | number> = {};
  for (const [option, value] of Object.entries(options)) {
    const accepted = adaptOption(option, value, context);
    if (accepted !== undefined) adapted[option] = accepted;
  }
  return adapted;
}

function adaptOption(option: string, value: string | number, context: AdaptContext) {
  const { name, capabilities, others, departures } = context;
  const rule = capabilities.options[option];
  if (rule && isLegalOption(value, rule)) return value;
  // "auto" leaves it to the vendor, and so does not saying it.
  if (value === "auto") return undefined;
  if (rule === undefined && APPROXIMATE_OPTIONS.has(option)) {
    const sentence = `${name} has no setting '${option}', so ${option} '${value}' was left out`;
    departures.push({ argument: option, kind: "left out", sentence });
    return undefined;
  }
  const having = others.filter((other) => option in other.capabilities().options);
  throw new CannotAdapt(
    "invalid_parameters",
    option,
    rule ? `takes no ${option} '${value}'` : `has no setting '${option}'`,
    name,
    [rule ? `'${option}' must be ${legalValues(rule)}` : whoHas(having)],
    { [option]: value, ...(rule && "values" in rule ? { legal_values: rule.values } : rule) },
  );
}

export function isLegalOption(value: string | number, rule: OptionRule): boolean {
  if ("values" in rule) return typeof value === "string" && rule.values.includes(value);
  return typeof value === "number" && isWholeNumberWithin(value, rule);
}

function legalValues(rule: OptionRule): string {
  if ("values" in rule) return oneOf(rule.values);
  return `a whole number from ${rule.minimum} to ${rule.maximum}`;
}

export function isWholeNumberWithin(
  value: number,
  bounds: { minimum: number; maximum: number },
): boolean {
  return Number.isInteger(value) && value >= bounds.minimum && value <= bounds.maximum;
}

/** Options that a picture may go without: leaving one out deserves a warning, not an error. */
export const APPROXIMATE_OPTIONS: ReadonlySet<string> = new Set(["quality"]);
