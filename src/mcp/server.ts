/** An MCP server, over whatever transport and for whichever client: the same tools, resources and prompts. */

import { ProtocolError, Server, type ServerContext } from "../dependencies/mcp_server.ts";
import { nearest, oneOf } from "../errors.ts";
import { complete } from "./completions.ts";
import { required, text } from "./declarations/argument.ts";
import { LISTS } from "./declarations/lists.ts";
import type { ServerDependencies } from "./dependencies.ts";
import { initializeMistake, withCapabilities } from "./initialize.ts";
import { CAPABILITIES, INSTRUCTIONS, SERVER_INFO } from "./identity.ts";
import { checkMeta, invalidParams, isObject, membersOf, objectIn, type Params } from "./params.ts";
import { getPrompt } from "./prompts.ts";
import { cut } from "./read_arguments.ts";
import { readResource } from "./resources.ts";
import { generateImage } from "./tools/generate_image.ts";
import { getImageData } from "./tools/get_image_data.ts";
import { cancelJob, getJob, listJobs } from "./tools/jobs.ts";
import { listProviders } from "./tools/list_providers.ts";
import { reloadConfig } from "./tools/reload_config.ts";
import type { Tool } from "./tools/tool.ts";

/** Every tool there is, in the order clients see them. */
export const TOOLS: readonly Tool[] = [
  generateImage,
  getJob,
  cancelJob,
  listJobs,
  getImageData,
  listProviders,
  reloadConfig,
];

/**
 * Makes a server; cheap, since everything it works with is shared. Requests are checked and answered
 * by the table of methods here, and not by the SDK's own checks: theirs take longer than the answer to
 * a small call, and tell a mistake in their words.
 */
export function makeMcpServer(dependencies: ServerDependencies): Server {
  const server = new ImageServer(SERVER_INFO, {
    capabilities: CAPABILITIES,
    instructions: INSTRUCTIONS,
  });
  server.fallbackRequestHandler = async ({ method, params = {} }, context) => {
    const answer = Object.hasOwn(METHODS, method) ? METHODS[method] : undefined;
    if (!answer) throw new ProtocolError(METHOD_NOT_FOUND, "Method not found");
    if (!isObject(params)) throw invalidParams(`Cannot answer ${method}: params must be an object`);
    checkMeta(context);
    return await answer(params, { method, context, server, dependencies });
  };
  return server;
}

/** Tells in our words what the SDK finds wrong with the few requests that it answers itself. */
class ImageServer extends Server {
  protected override _wrapHandler(method: string, handler: Handler): Handler {
    const answer = super._wrapHandler(method, handler);
    return async (request, context) => {
      const whole = method === "initialize" ? withCapabilities(request) : request;
      const mistake = method === "initialize" ? initializeMistake(whole) : undefined;
      if (mistake !== undefined) throw invalidParams(mistake);
      try {
        return await answer(whole, context);
      } catch (error) {
        throw error instanceof ProtocolError ? error : wrongShape(method);
      }
    };
  }
}

type Handler = Parameters<Server["_wrapHandler"]>[1];

function wrongShape(method: string): ProtocolError {
  return invalidParams(
    `Cannot answer ${method}: params are not of the shape that the protocol gives them`,
  );
}

interface Request {
  readonly method: string;
  readonly context: ServerContext;
  readonly server: Server;
  readonly dependencies: ServerDependencies;
}

type Answer = Readonly<Record<string, unknown>>;

const METHODS: Readonly<
  Record<string, (params: Params, request: Request) => Answer | Promise<Answer>>
> = {
  "tools/list": answerList,
  "prompts/list": answerList,
  "resources/list": answerList,
  "resources/templates/list": answerList,
  "tools/call": callTool,
  "prompts/get": (params, { method, dependencies }) => {
    const { name } = membersOf(NAMED, params, method);
    return getPrompt(name, objectIn(params, "arguments", method), dependencies);
  },
  "resources/read": (params, { method, context, dependencies }) =>
    readResource(membersOf(ADDRESSED, params, method).uri, context, dependencies),
  "completion/complete": (params, { method, dependencies }) =>
    complete(params, method, dependencies),
};

/** A list is never so long that it comes in parts, so that a cursor means nothing. */
function answerList(params: Params, { method }: Request): Answer {
  membersOf(PAGED, params, method);
  return LISTS[method as keyof typeof LISTS];
}

function callTool(params: Params, { method, context, server, dependencies }: Request) {
  const { name } = membersOf(NAMED, params, method);
  const args = objectIn(params, "arguments", method);
  const tool = TOOLS.find((tool) => tool.name === name);
  if (!tool) throw unknownTool(name);
  return tool.call(args, context, server, dependencies);
}

function unknownTool(name: string): ProtocolError {
  const names = TOOLS.map((tool) => tool.name);
  const guess = nearest(name, names);
  const hint = guess ? `did you mean '${guess}'?` : `there are ${oneOf(names)}`;
  return invalidParams(`There is no tool '${cut(name)}': ${hint}`, { code: "unknown_tool" });
}

const NAMED = { name: required(text("", { minLength: 1 })) };
const ADDRESSED = { uri: required(text("", { minLength: 1, maxLength: 2000 })) };
const PAGED = { cursor: text("") };
const METHOD_NOT_FOUND = -32601;
