/** What the tools have in common: one way to declare, check, answer and fail. */

import type { CallToolResult, McpServer, ServerContext } from "../../dependencies/mcp_server.ts";
import type { z } from "../../dependencies/zod.ts";
import type { ServerDependencies } from "../dependencies.ts";
import { VERSION_HEADER } from "../revision.ts";
import { asToolError, asUnderstoodBy, failure } from "../result.ts";
import { checkedArguments } from "./arguments.ts";

/** Hints a client may show or act on; every tool gives all of them. */
interface Annotations {
  readonly readOnlyHint: boolean;
  readonly destructiveHint: boolean;
  readonly idempotentHint: boolean;
  readonly openWorldHint: boolean;
}

interface ToolDefinition<Input extends z.ZodObject> {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly input: Input;
  /** Given where the answer is worth a schema: every list of tools a client reads carries it. */
  readonly output?: z.ZodType;
  readonly annotations: Annotations;
  /** The envelope's own fields when there is nothing to answer. */
  readonly empty: Readonly<Record<string, unknown>>;
  readonly handle: (
    args: z.infer<Input>,
    context: ServerContext,
    dependencies: ServerDependencies,
  ) => Promise<CallToolResult>;
}

export interface Tool {
  readonly name: string;
  register(server: McpServer, dependencies: ServerDependencies): void;
}

/** Declares a tool. Bad arguments and errors come back in the tool's own envelope. */
export function defineTool<Input extends z.ZodObject>(definition: ToolDefinition<Input>): Tool {
  const { name, title, description, input, output, annotations, empty } = definition;
  const inputSchema: z.ZodType = unchecked(convertedOnce(input));
  const outputSchema = output && convertedOnce(output);
  return {
    name,
    register(server, dependencies) {
      server.registerTool(
        name,
        { title, description, inputSchema, outputSchema, annotations },
        async (args: unknown, context: ServerContext) => {
          try {
            const wanted = checkedArguments(input, args, name);
            const result = await definition.handle(wanted, context, dependencies);
            return asUnderstoodBy(revisionOf(server, context), result);
          } catch (error) {
            return failure(asToolError(error, dependencies), empty);
          }
        },
      );
    },
  };
}

/** The schema, checked by nobody: the tool does it itself, so that a mistake gets the envelope too. */
function unchecked<Schema extends z.ZodType>(schema: Schema): Schema {
  const validate = (value: unknown) => ({ value });
  return Object.create(schema, {
    "~standard": { value: { ...schema["~standard"], validate } },
  });
}

/** The schema, whose form for clients is worked out once and not with every server that is made. */
function convertedOnce<Schema extends z.ZodType>(schema: Schema): Schema {
  const { jsonSchema, ...standard } = schema["~standard"];
  const converted = { input: once(jsonSchema.input), output: once(jsonSchema.output) };
  return Object.create(schema, {
    "~standard": { value: { ...standard, jsonSchema: converted } },
  });
}

/** The first result again and again. */
function once<Parameters extends unknown[], Result>(
  work: (...parameters: Parameters) => Result,
): (...parameters: Parameters) => Result {
  const known = new Map<string, Result>();
  return (...parameters) => {
    const key = JSON.stringify(parameters);
    const result = known.get(key) ?? work(...parameters);
    known.set(key, result);
    return result;
  };
}

/** The revision agreed on with the client, where one is known. */
function revisionOf({ server }: McpServer, { http }: ServerContext): string | undefined {
  return server.getNegotiatedProtocolVersion() ??
    http?.req?.headers.get(VERSION_HEADER) ?? undefined;
}
