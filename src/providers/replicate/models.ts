/** Models at Replicate: how an id names one, and what the API says of it. */

import * as z from "../../dependencies/zod.ts";
import { ImageError } from "../../errors.ts";
import type { HostedModel } from "../hosted_models.ts";
import { readModelSchema } from "../model_schema.ts";

export interface ReplicateModel extends HostedModel {
  /** Where a prediction is asked for, from the API's root, and the version where that wants one. */
  readonly path: string;
  readonly version?: string;
}

/** The path of what describes the model `id`. @throws {ImageError} unless that is an id. */
export function pathOf(id: string): string {
  const { owner, name, version } = partsOf(id);
  return `/v1/models/${owner}/${name}${version === undefined ? "" : `/versions/${version}`}`;
}

/**
 * The model that an answer describes; undefined where it is no answer of the API. Replicate keeps
 * its official models behind a path of their own and wants the version of all others.
 */
export function modelIn(json: unknown, id: string): ReplicateModel | undefined {
  const { owner, name, version } = partsOf(id);
  const described = version === undefined
    ? MODEL.safeParse(json).data
    : { latest_version: VERSION.safeParse(json).data, is_official: false };
  if (!described) return undefined;
  const { latest_version: latest, is_official: isOfficial } = described;
  const schema = readModelSchema(latest?.openapi_schema, INPUT);
  if (!latest || !schema) throw withoutSchema(id);
  return isOfficial
    ? { id, schema, path: `/v1/models/${owner}/${name}/predictions` }
    : { id, schema, path: "/v1/predictions", version: version ?? latest.id };
}

function partsOf(id: string) {
  const [, owner, name, version] = ID.exec(id) ?? [];
  if (owner !== undefined && name !== undefined) return { owner, name, version };
  throw new ImageError(
    "model_unavailable",
    `Replicate has no model '${id.slice(0, 100)}': its ids are owner/name or owner/name:version, ` +
      "such as 'black-forest-labs/flux-2-pro'. Pass one as 'model', or set REPLICATE_MODEL",
    { model: id.slice(0, 100) },
  );
}

function withoutSchema(id: string): ImageError {
  return new ImageError(
    "model_unavailable",
    `Replicate's model '${id}' has no version that can run, or tells nothing of its input: name ` +
      "another one as 'model', or set REPLICATE_MODEL",
    { model: id },
  );
}

const ID = /^([\w-][\w.-]*)\/([\w-][\w.-]*?)(?::([\da-f]{64}))?$/i;
const INPUT = { $ref: "#/components/schemas/Input" };

const VERSION = z.object({ id: z.string().min(1), openapi_schema: z.unknown().optional() });

const MODEL = z.object({
  owner: z.string(),
  name: z.string(),
  is_official: z.boolean().nullish(),
  latest_version: VERSION.nullish(),
});
