/** The actions of a signed API of Tencent Cloud, as data. */

import type { Capabilities, ImageRequest } from "../provider.ts";

type Parameters = Readonly<Record<string, unknown>>;

/** A pair of actions, of which one submits a job and one asks about it, and the others beside it. */
export interface JobActions {
  /** The product's name in the signature. */
  readonly service: string;
  readonly version: string;
  readonly backend: string;
  readonly model: string;
  readonly submit: string;
  readonly query: string;
  readonly capabilities: Capabilities;
  /**
   * The parameters of `submit`, without the ones every job has.
   * @throws {ImageError} where the request does not suit it.
   */
  readonly parameters: (request: ImageRequest) => Parameters;
  /** What of the request it cannot honour. */
  readonly warnings?: (request: ImageRequest) => readonly string[];
  /** The actions that answer with a picture at once. */
  readonly services: readonly PictureAction[];
  /** The one of `services` that does best what a request without a model wants. */
  readonly serviceFor?: (request: ImageRequest) => PictureAction | undefined;
}

/** An action that changes a picture and answers with the result. */
export interface PictureAction {
  /** Its name at Tencent, which is the model's name here and in records. */
  readonly action: string;
  readonly capabilities: Capabilities;
  /** @throws {ImageError} where the request does not suit it. */
  readonly parameters: (request: ImageRequest) => Parameters;
  readonly warnings: (request: ImageRequest) => readonly string[];
}

/** What can be asked of `model`, where the backend has one of that name. */
export function capabilitiesOf(actions: JobActions, model?: string): Capabilities {
  return serviceNamed(actions, model)?.capabilities ?? actions.capabilities;
}

/** The service that a request names, or else the one that is there for what it wants. */
export function serviceOf(actions: JobActions, request: ImageRequest): PictureAction | undefined {
  const isUnnamed = request.model === undefined || request.model === actions.model;
  return isUnnamed ? actions.serviceFor?.(request) : serviceNamed(actions, request.model);
}

function serviceNamed({ services }: JobActions, model = ""): PictureAction | undefined {
  return services.find(({ action }) => action.toLowerCase() === model.toLowerCase());
}
