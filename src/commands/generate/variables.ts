/** What a person writes into the gaps of a template, and into further fields of a model. */

import { ImageError } from "../../errors.ts";
import type { Variables } from "../../requests/template_text.ts";
import { BETWEEN_VALUES } from "../command_table.ts";

/** The values of `--var NAME=VALUE`. @throws {ImageError} `invalid_arguments` for one without a sign. */
export function variablesIn(text: string | undefined): Variables {
  return namedValues(text, '--var needs NAME=VALUE, such as --var "product=a green bottle"');
}

/** The same for `--option`; the model's schema tells numbers and lists from texts. */
export function optionsIn(text: string | undefined): Readonly<Record<string, string>> {
  return namedValues(text, "--option needs NAME=VALUE, such as --option guidance=3.5");
}

function namedValues(text: string | undefined, need: string): Readonly<Record<string, string>> {
  if (text === undefined) return {};
  return Object.fromEntries(
    text.split(BETWEEN_VALUES).map((each) => {
      const at = each.indexOf("=");
      if (at > 0) return [each.slice(0, at).trim(), each.slice(at + 1)];
      throw new ImageError("invalid_arguments", `${need}, found '${each.slice(0, 100)}'`);
    }),
  );
}
