/** The list of models, in the form of OpenAI's API. */

import type { ProviderSet } from "../../requests/route.ts";
import { json } from "../answers.ts";
import { ApiError } from "./errors.ts";

/** Every model that can draw now as "provider/model", the one that draws by default first. */
export function listModels(providers: ProviderSet): Response {
  return json({ object: "list", data: modelsOf(providers) });
}

/** @throws {ApiError} where nothing has that id. */
export function findModel(id: string, providers: ProviderSet): Response {
  const found = modelsOf(providers).find((model) => model.id === id || model.id.endsWith(`/${id}`));
  if (found) return json(found);
  const message = "There is no such model here; GET /v1/models names all";
  throw new ApiError(404, message, "model", "model_not_found");
}

function modelsOf({ on }: ProviderSet) {
  return [...on].flatMap(([name, { models }]) =>
    (models.length > 0 ? models.map((model) => `${name}/${model}`) : [name])
      .map((id) => ({ id, object: "model", created: 0, owned_by: name }))
  );
}
