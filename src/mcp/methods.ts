/** Every request there is an answer to: checked and answered by one table, whatever brought it. */

import type { ProtocolError } from "../dependencies/mcp_server.ts";
import { nearest, oneOf } from "../errors.ts";
import { isRecord } from "../json.ts";
import { complete } from "./completions.ts";
import type { RequestContext } from "./context.ts";
import { required, text } from "./declarations/argument_kinds.ts";
import { listFor } from "./declarations/lists.ts";
import type { ServerDependencies } from "./dependencies.ts";
import { listPrompts } from "./listed_prompts.ts";
import { checkMeta, invalidParams, membersOf, objectIn, type Params } from "./params.ts";
import { getPrompt } from "./prompts.ts";
import { cut } from "./arguments/argument_words.ts";
import { readResource } from "./resources.ts";
import { shownHere } from "./shown_tools.ts";
import { styleOf } from "./results/result_style.ts";
import { compareImages } from "./tools/compare_images.ts";
import { editImage } from "./tools/edit_image.ts";
import { generateBatch } from "./tools/generate_batch.ts";
import { generateImage } from "./tools/generate_image.ts";
import { getImageData } from "./tools/get_image_data.ts";
import { cancelJob, getJob, listJobs } from "./tools/jobs.ts";
import { deleteImages, imageHistory, searchImages, updateImages } from "./tools/library.ts";
import { exportImages, importImages } from "./tools/exchange.ts";
import { listProviders } from "./tools/list_providers.ts";
import { readMetadata } from "./tools/read_metadata.ts";
import { reloadConfig } from "./tools/reload_config.ts";
import { renderSvg } from "./tools/render_svg.ts";
import type { Tool } from "./tools/tool.ts";
import { trainModel } from "./tools/train_model.ts";
import { transformImage } from "./tools/transform_image.ts";
import { createUploadLink, getUpload } from "./tools/uploads.ts";

/** Every tool there is, in the order clients see them. */
export const TOOLS: readonly Tool[] = [
  generateImage,
  editImage,
  compareImages,
  generateBatch,
  transformImage,
  renderSvg,
  createUploadLink,
  getUpload,
  getJob,
  cancelJob,
  listJobs,
  getImageData,
  searchImages,
  imageHistory,
  updateImages,
  deleteImages,
  exportImages,
  importImages,
  readMetadata,
  trainModel,
  listProviders,
  reloadConfig,
];

export interface Request {
  readonly method: string;
  readonly params?: unknown;
  readonly context: RequestContext;
  /** The revision agreed on with the client, where one is known. */
  readonly revision: string | undefined;
  readonly dependencies: ServerDependencies;
}

export type Result = Readonly<Record<string, unknown>>;

/**
 * Answers a request of a known method.
 * @throws {ProtocolError} with one sentence, for `params` of a wrong shape.
 */
export async function answerRequest(request: Request): Promise<Result> {
  const { method, params = {}, context } = request;
  if (!isRecord(params)) throw invalidParams(`Cannot answer ${method}: params must be an object`);
  checkMeta(context);
  return await METHODS[method]!(params, request);
}

export function isKnownMethod(method: string): boolean {
  return Object.hasOwn(METHODS, method);
}

const METHODS: Readonly<
  Record<string, (params: Params, request: Request) => Result | Promise<Result>>
> = {
  "tools/list": answerList,
  "prompts/list": async (params, { method, dependencies }) => {
    membersOf(PAGED, params, method);
    return await listPrompts(await dependencies.templates());
  },
  "resources/list": answerList,
  "resources/templates/list": answerList,
  "tools/call": callTool,
  "prompts/get": (params, { method, dependencies }) => {
    const { name } = membersOf(NAMED, params, method);
    return getPrompt(name, objectIn(params, "arguments", method), dependencies);
  },
  "resources/read": (params, { method, context, dependencies }) =>
    readResource(membersOf(ADDRESSED, params, method).uri, context, dependencies),
  "completion/complete": complete,
};

export const METHOD_NAMES = Object.keys(METHODS);

/** A list is never so long that it comes in parts, so that a cursor means nothing. */
function answerList(params: Params, { method, context, dependencies }: Request): Result {
  membersOf(PAGED, params, method);
  const style = styleOf(context, dependencies);
  const { showsViews = false } = context;
  return listFor(method, { style, showsViews, ...shownHere(dependencies) })!;
}

function callTool(params: Params, { method, context, revision, dependencies }: Request) {
  const { name } = membersOf(NAMED, params, method);
  const args = objectIn(params, "arguments", method);
  const tool = TOOLS.find((tool) => tool.name === name);
  if (!tool) throw unknownTool(name, dependencies);
  return tool.call(args, context, revision, dependencies);
}

function unknownTool(name: string, dependencies: ServerDependencies): ProtocolError {
  const { trains } = shownHere(dependencies);
  const names = TOOLS.filter((tool) => trains || !tool.needsTrainer).map((tool) => tool.name);
  const guess = nearest(name, names);
  const hint = guess ? `did you mean '${guess}'?` : `there are ${oneOf(names)}`;
  return invalidParams(`There is no tool '${cut(name)}': ${hint}`, { code: "unknown_tool" });
}

const NAMED = { name: required(text("", { minLength: 1 })) };
const ADDRESSED = { uri: required(text("", { minLength: 1, maxLength: 2000 })) };
const PAGED = { cursor: text("") };
