/** What a client may offer while a person types an argument of the prompt or of an address. */

import { TOPIC_NAMES } from "../manual/topics.ts";
import type { Template } from "../requests/template.ts";
import type { RequestContext } from "./context.ts";
import { ownerOf } from "./caller.ts";
import { required, text } from "./declarations/argument_kinds.ts";
import { MANUAL_RESOURCES, RESOURCE_TEMPLATES, RESOURCES } from "./declarations/resources.ts";
import { IMAGE_GENERATION_PROMPT } from "./declarations/prompts.ts";
import type { ServerDependencies } from "./dependencies.ts";
import { invalidParams, membersOf, objectIn, type Params } from "./params.ts";
import { templateNamed } from "./prompts.ts";
import { cut } from "./arguments/argument_words.ts";
import { providerNames, resolutionsOf, stylesOf } from "./resources.ts";

/** Answers `completion/complete`. */
export async function complete(
  params: Params,
  { method, context, dependencies }: {
    readonly method: string;
    readonly context: RequestContext;
    readonly dependencies: ServerDependencies;
  },
) {
  const ref = objectIn(params, "ref", method, { isRequired: true });
  const argument = objectIn(params, "argument", method, { isRequired: true });
  const { name, value = "" } = membersOf(TYPED, argument, method);
  const find = await candidatesFor(ref, name, { method, dependencies });
  const candidates = await find(dependencies, ownerOf(context), value);
  const values = [...new Set(candidates)].filter((each) =>
    each.toLowerCase().startsWith(value.toLowerCase())
  );
  const total = values.length;
  return { completion: { values: values.slice(0, MOST), total, hasMore: total > MOST } };
}

interface About {
  readonly method: string;
  readonly dependencies: ServerDependencies;
}

type Candidates = (
  dependencies: ServerDependencies,
  owner: string,
  value: string,
) => readonly string[] | Promise<readonly string[]>;

async function candidatesFor(ref: Params, argument: string, about: About): Promise<Candidates> {
  const tables = await tablesOf(ref, about);
  return Object.hasOwn(tables, argument) ? tables[argument]! : () => [];
}

async function tablesOf(
  ref: Params,
  { method, dependencies }: About,
): Promise<Readonly<Record<string, Candidates>>> {
  const { type } = membersOf({ type: required(text("")) }, ref, method);
  if (type === "ref/prompt") {
    const { name } = membersOf({ name: required(text("")) }, ref, method);
    if (name === IMAGE_GENERATION_PROMPT.name) return OF_PROMPT;
    return choicesOf(await templateNamed(name, dependencies));
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

/** What a template gives to choose from, its default first. */
function choicesOf({ variables }: Template): Readonly<Record<string, Candidates>> {
  return Object.fromEntries(variables.map((variable) => {
    const values = [variable.default ?? "", ...variable.choices ?? []].filter(Boolean);
    return [variable.name, () => values];
  }));
}

const OF_PROMPT: Readonly<Record<string, Candidates>> = {
  provider: providerNames,
  style: (dependencies) => keysOf(stylesOf, dependencies),
  resolution: (dependencies) => keysOf(resolutionsOf, dependencies),
};

const OF_TEMPLATES: Readonly<Record<string, Readonly<Record<string, Candidates>>>> = {
  [RESOURCE_TEMPLATES.provider_styles.uriTemplate]: { provider_name: providerNames },
  [RESOURCE_TEMPLATES.provider_resolutions.uriTemplate]: { provider_name: providerNames },
  [RESOURCE_TEMPLATES.image.uriTemplate]: { id: recentIds },
  [RESOURCE_TEMPLATES.image_record.uriTemplate]: { id: recentIds },
  [RESOURCE_TEMPLATES.tagged_images.uriTemplate]: { tag: tagsOf },
  [RESOURCE_TEMPLATES.manual.uriTemplate]: { topic: () => TOPIC_NAMES },
};

/** The ids of an owner's newest pictures. */
async function recentIds({ library }: ServerDependencies, owner: string) {
  const { images } = await library.search({}, owner, { limit: MOST });
  return images.map(({ id }) => id);
}

/** An owner's tags, the most used first. */
async function tagsOf({ images }: ServerDependencies, owner: string) {
  return await images.tags(owner, MOST_TAGS);
}

function keysOf(read: typeof stylesOf, dependencies: ServerDependencies): readonly string[] {
  return [...dependencies.providers().on.values()].map(read).flatMap(Object.keys);
}

const TYPED = {
  name: required(text("", { minLength: 1 })),
  value: text("", { maxLength: 32_000 }),
};
/** Tags that are looked through for those that begin as what is typed. */
const MOST_TAGS = 1_000;
/** Suggestions in one answer, as the protocol bounds them. */
const MOST = 100;
