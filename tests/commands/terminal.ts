import { join } from "node:path";
import type { CommandContext } from "../../src/commands/context.ts";
import { type Process, programName } from "../../src/commands/program.ts";
import { PLAIN_SURROUNDINGS } from "../support/plain_surroundings.ts";

/** A person's machine and what a command tells them, without touching the real ones. */
export interface Terminal extends AsyncDisposable {
  /** A folder that serves as home; the working directory is `project` in it. */
  readonly home: string;
  readonly project: string;
  /** What stands on stdout and on stderr so far. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  context(
    words: readonly string[],
    flags?: Readonly<Record<string, string>>,
    environment?: Readonly<Record<string, string>>,
  ): CommandContext;
}

/** How a person with the executable of a release starts this program. */
export const EXECUTABLE: Process = {
  standalone: true,
  mainModule: "file:///opt/mcp-image-server",
  execPath: "/opt/mcp-image-server",
};

export async function openTerminal(
  { os = Deno.build.os, process = EXECUTABLE }: {
    readonly os?: typeof Deno.build.os;
    readonly process?: Process;
  } = {},
): Promise<Terminal> {
  const home = await Deno.realPath(await Deno.makeTempDir());
  const project = join(home, "project");
  await Deno.mkdir(project);
  const printed: string[] = [];
  const said: string[] = [];
  return {
    home,
    project,
    stdout: () => printed.join("\n"),
    stderr: () => said.join("\n"),
    context: (words, flags = {}, environment = {}) => ({
      words,
      flags,
      runtime: {
        environment: (name) => ({ HOME: home, ...PLAIN_SURROUNDINGS, ...environment })[name],
        names: () => Object.keys(environment),
        workingDirectory: project,
        os,
        readTextFile: (path) => Deno.readTextFileSync(path),
        isWritable: () => true,
      },
      process: () => process,
      program: () => programName(process, project),
      print: (line) => printed.push(line),
      say: (line) => said.push(line),
      write() {},
      isTerminal: false,
      screen: () => Promise.resolve(undefined),
    }),
    [Symbol.asyncDispose]: () => Deno.remove(home, { recursive: true }),
  };
}
