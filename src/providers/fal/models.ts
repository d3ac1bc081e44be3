/** Models at fal: an endpoint each, described by an OpenAPI document of its own. */

import { ImageError } from "../../errors.ts";
import { isRecord } from "../../json.ts";
import type { HostedModel } from "../hosted_models.ts";
import { readModelSchema } from "../model_schema.ts";

/** The address of an endpoint's document. @throws {ImageError} unless `id` is one of an endpoint. */
export function documentAddress(documents: string, id: string): string {
  if (!ID.test(id)) throw unknownModel(id, "its ids look like 'fal-ai/flux/dev'");
  return `${documents}/api/openapi/queue/openapi.json?endpoint_id=${encodeURIComponent(id)}`;
}

/**
 * The model that a document describes, under the path of its own or else the one that takes
 * requests; undefined where it describes none.
 */
export function modelIn(document: unknown, id: string): HostedModel | undefined {
  const paths = memberOf(document, "paths");
  const own = memberOf(paths, `/${id}`, "post");
  const [post] = isRecord(paths)
    ? Object.values(paths).flatMap((path) => memberOf(path, "post") ?? [])
    : [];
  const body = memberOf(own ?? post, "requestBody", "content", "application/json", "schema");
  const schema = readModelSchema(document, body);
  return schema && { id, schema };
}

function memberOf(document: unknown, ...names: readonly string[]): unknown {
  return names.reduce((node, name) => isRecord(node) ? node[name] : undefined, document);
}

/** A model that fal does not have, or not for this account. */
export function unknownModel(id: string, reason: string): ImageError {
  return new ImageError(
    "model_unavailable",
    `fal has no model '${id.slice(0, 100)}' that this account can use: ${reason}. Look it up at ` +
      "https://fal.ai/models and pass the id of its endpoint as 'model', or set FAL_MODEL, " +
      "FAL_EDIT_MODEL or FAL_MASK_MODEL",
    { provider: "fal", model: id.slice(0, 100) },
  );
}

const ID = /^[\w-]+(?:\/[\w-][\w.-]*){1,7}$/;
