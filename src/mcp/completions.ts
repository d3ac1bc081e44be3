/** What a client may offer while a person types an argument of the prompt or of an address. */

import { TOPIC_NAMES } from "../manual/topics.ts";
import { required, text } from "./declarations/argument.ts";
import { MANUAL_RESOURCES, RESOURCE_TEMPLATES, RESOURCES } from "./declarations/resources.ts";
import { IMAGE_GENERATION_PROMPT } from "./declarations/prompts.ts";
import type { ServerDependencies } from "./dependencies.ts";
import { invalidParams, membersOf, objectIn, type Params } from "./params.ts";
import { unknownPrompt } from "./prompts.ts";
import { cut } from "./read_arguments.ts";
import { providerNames, resolutionsOf, stylesOf } from "./resources.ts";

/** Answers `completion/complete`. */
export function complete(params: Params, method: string, dependencies: ServerDependencies) {
  const ref = objectIn(params, "ref", method, { isRequired: true });
  const argument = objectIn(params, "argument", method, { isRequired: true });
  const { name, value = "" } = membersOf(TYPED, argument, method);
  const candidates = candidatesFor(ref, name, method, dependencies);
  const values = [...new Set(candidates)].filter((each) => each.startsWith(value.toLowerCase()));
  const total = values.length;
  return { completion: { values: values.slice(0, MOST), total, hasMore: total > MOST } };
}

type Candidates = (dependencies: ServerDependencies) => readonly string[];

function candidatesFor(
  ref: Params,
  argument: string,
  method: string,
  dependencies: ServerDependencies,
): readonly string[] {
  const tables = tablesOf(ref, method);
  return Object.hasOwn(tables, argument) ? tables[argument]!(dependencies) : [];
}

function tablesOf(ref: Params, method: string): Readonly<Record<string, Candidates>> {
  const { type } = membersOf({ type: required(text("")) }, ref, method);
  if (type === "ref/prompt") {
    const { name } = membersOf({ name: required(text("")) }, ref, method);
    if (name === IMAGE_GENERATION_PROMPT.name) return OF_PROMPT;
    throw unknownPrompt(name);
  }
  if (type === "ref/resource") {
    const { uri } = membersOf({ uri: required(text("", { maxLength: 2000 })) }, ref, method);
    if (
      [...Object.values(RESOURCES), ...MANUAL_RESOURCES].some((resource) => resource.uri === uri)
    ) return {};
    if (Object.hasOwn(OF_TEMPLATES, uri)) return OF_TEMPLATES[uri]!;
    throw invalidParams(`There is no resource template '${cut(uri)}'`);
  }
  throw invalidParams(
    `Cannot answer ${method}: 'type' of 'ref' must be 'ref/prompt' or 'ref/resource', ` +
      `current value is '${cut(type)}'`,
  );
}

const OF_PROMPT: Readonly<Record<string, Candidates>> = {
  provider: providerNames,
  style: (dependencies) => keysOf(stylesOf, dependencies),
  resolution: (dependencies) => keysOf(resolutionsOf, dependencies),
};

const OF_TEMPLATES: Readonly<Record<string, Readonly<Record<string, Candidates>>>> = {
  [RESOURCE_TEMPLATES.provider_styles.uriTemplate]: { provider_name: providerNames },
  [RESOURCE_TEMPLATES.provider_resolutions.uriTemplate]: { provider_name: providerNames },
  [RESOURCE_TEMPLATES.image.uriTemplate]: {},
  [RESOURCE_TEMPLATES.manual.uriTemplate]: { topic: () => TOPIC_NAMES },
};

function keysOf(read: typeof stylesOf, dependencies: ServerDependencies): readonly string[] {
  return [...dependencies.providers().on.values()].map(read).flatMap(Object.keys);
}

const TYPED = {
  name: required(text("", { minLength: 1 })),
  value: text("", { maxLength: 32_000 }),
};
/** Suggestions in one answer, as the protocol bounds them. */
const MOST = 100;
