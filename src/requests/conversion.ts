/** Output that a vendor does not give as it is wanted: what is asked of it, and what is made of that. */

import type { OptionRule } from "../providers/provider.ts";
import type { Conversion, Options } from "./request.ts";

export type OptionRules = Readonly<Record<string, OptionRule>>;

/** What may be asked of a provider: what its vendor takes, and what is made of its pictures here. */
export function offeredOptions(rules: OptionRules): OptionRules {
  const shared = Object.entries(CONVERTIBLE)
    .map(([option, rule]) => [option, joined(rules[option], rule)] as const);
  return { ...rules, ...Object.fromEntries(shared) };
}

/**
 * The options for the vendor out of those it accepts, and the conversion that does the rest of what
 * was asked for. A format that the vendor accepts is looked at all the same, since servers that
 * speak another one's interface do not always give what they are asked for.
 */
export function conversionFor(
  asked: Options,
  accepted: Options,
  rules: OptionRules,
): { readonly options: Options; readonly conversion?: Conversion } {
  const { output_format: format, output_compression: compression } = asked;
  const { output_format: _format, output_compression: _compression, ...others } = accepted;
  const isCompressed = typeof compression === "number" && compression < 100;
  const isVendors = format !== undefined && accepted.output_format === format &&
    (!isCompressed || accepted.output_compression === compression);
  const conversion: Conversion = {
    ...format === undefined ? {} : { format: format as Conversion["format"] },
    ...isCompressed && !isVendors ? { quality: compression } : {},
    ...asked.background === "opaque" && accepted.background === undefined
      ? { background: "opaque" }
      : {},
  };
  return {
    options: { ...others, ...isVendors ? outputOf(accepted) : sourceFor(format, rules) },
    ...Object.keys(conversion).length > 0 ? { conversion } : {},
  };
}

function outputOf({ output_format, output_compression }: Options): Options {
  return {
    ...output_format === undefined ? {} : { output_format },
    ...output_compression === undefined ? {} : { output_compression },
  };
}

/** What to convert loses nothing where the vendor lets that be chosen. */
function sourceFor(
  format: string | number | undefined,
  { output_format: rule }: OptionRules,
): Options {
  const hasPng = rule && "values" in rule && rule.values.includes("png");
  return format !== undefined && hasPng ? { output_format: "png" } : {};
}

function joined(vendors: OptionRule | undefined, ours: OptionRule): OptionRule {
  if (!vendors || !("values" in vendors && "values" in ours)) return ours;
  return { values: [...new Set([...vendors.values, ...ours.values])] };
}

/** The output that any picture can be given, whoever drew it. */
const CONVERTIBLE: OptionRules = {
  output_format: { values: ["png", "jpeg", "webp"] },
  output_compression: { minimum: 0, maximum: 100 },
  background: { values: ["opaque", "auto"] },
};
