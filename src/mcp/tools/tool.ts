/** What the tools have in common: one way to read, answer and fail. */

import type { CallToolResult } from "../../dependencies/mcp_server.ts";
import { ImageError } from "../../errors.ts";
import type { RequestContext } from "../context.ts";
import type { ArgumentsOf, ArgumentTable } from "../declarations/argument.ts";
import { answersWithPictures, type ToolDeclaration } from "../declarations/tool_declaration.ts";
import type { ServerDependencies } from "../dependencies.ts";
import { readArguments } from "../arguments/read_arguments.ts";
import { asToolError, asUnderstoodBy, failure } from "../results/result.ts";
import { inStyle, styleOf } from "../results/result_style.ts";

interface ToolDefinition<Input extends ArgumentTable> extends ToolDeclaration<Input> {
  readonly handle: (
    args: ArgumentsOf<Input>,
    context: RequestContext,
    dependencies: ServerDependencies,
  ) => Promise<CallToolResult>;
}

export interface Tool {
  readonly name: string;
  /** Whether it is of use only where a provider trains models. */
  readonly needsTrainer: boolean;
  /** Bad arguments and errors come back in the tool's own envelope. */
  call(
    args: Readonly<Record<string, unknown>>,
    context: RequestContext,
    revision: string | undefined,
    dependencies: ServerDependencies,
  ): Promise<CallToolResult>;
}

/** Makes a tool of what it is declared to be and what it does. */
export function defineTool<const Input extends ArgumentTable>(
  definition: ToolDefinition<Input>,
): Tool {
  const { name, input, empty, handle, needsTrainer = false } = definition;
  return {
    name,
    needsTrainer,
    async call(args, context, revision, dependencies) {
      try {
        const wanted = checkedArguments(input, args, name);
        return shown(await handle(wanted, context, dependencies));
      } catch (error) {
        return shown(failure(asToolError(error, dependencies), empty));
      }

      function shown(result: CallToolResult): CallToolResult {
        const understood = asUnderstoodBy(revision, result);
        return answersWithPictures(definition)
          ? inStyle(styleOf(context, dependencies), understood)
          : understood;
      }
    },
  };
}

/** @throws {ImageError} `invalid_arguments` with one sentence per wrong argument. */
function checkedArguments<Input extends ArgumentTable>(
  input: Input,
  args: Readonly<Record<string, unknown>>,
  tool: string,
): ArgumentsOf<Input> {
  const read = readArguments(input, args);
  if ("args" in read) return read.args;
  const message = `Cannot call ${tool}: ${read.mistakes.join("; ")}`;
  throw new ImageError("invalid_arguments", message, { tool });
}
