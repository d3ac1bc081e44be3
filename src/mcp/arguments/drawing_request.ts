/** From what a client asks to be drawn to the request: its template, its example and its pictures. */

import { basedOn } from "../../requests/based_on.ts";
import { parseRequest, type RequestArguments } from "../../requests/parse.ts";
import type { CopyPlace, ParsedRequest } from "../../requests/request.ts";
import type { Variables } from "../../requests/template_text.ts";
import type { ServerDependencies } from "../dependencies.ts";
import { filled } from "./filled_template.ts";
import { picturedAs } from "./named.ts";

/** The arguments of `generate_image` but for how long the caller waits. */
export interface DrawingArguments extends Partial<RequestArguments> {
  readonly template?: string;
  readonly variables?: Variables;
  /** The id or path of a picture, or "last". */
  readonly based_on?: string;
  readonly save_as?: string;
}

export interface DrawingReader {
  readonly owner: string;
  readonly signal: AbortSignal;
  /** Where a copy may go. @throws {ImageError} where it may not. */
  readonly copyPlace: (path: string) => Promise<CopyPlace>;
}

/** @throws {ImageError} for whatever no provider is needed to find wrong. */
export async function drawingRequest(
  { template, variables, based_on, save_as, prompt = "", ...others }: DrawingArguments,
  { copyPlace, ...reader }: DrawingReader,
  dependencies: ServerDependencies,
): Promise<ParsedRequest> {
  const { args: given, images } = await filled(
    { template, variables },
    { ...others, prompt },
    dependencies,
  );
  const args = based_on === undefined
    ? given
    : basedOn(await picturedAs(based_on, reader, dependencies), given);
  const access = dependencies.inputAccess();
  const { operation, ...inputs } = images.length === 0
    ? NO_INPUTS
    : await dependencies.imageService.takeInputs({ images }, { ...reader, access });
  const saveAs = save_as === undefined ? undefined : await copyPlace(save_as);
  return { ...parseRequest(args, operation, inputs), saveAs };
}

const NO_INPUTS = { operation: "generate", images: [] } as const;
