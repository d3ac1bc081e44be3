import { join } from "node:path";
import type { CommandContext } from "../../src/commands/context.ts";

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

export async function openTerminal({ os = Deno.build.os } = {}): Promise<Terminal> {
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
        environment: (name) => ({ HOME: home, ...environment })[name],
        names: () => Object.keys(environment),
        workingDirectory: project,
        os,
        readTextFile: (path) => Deno.readTextFileSync(path),
        isWritable: () => true,
      },
      print: (line) => printed.push(line),
      say: (line) => said.push(line),
      write() {},
      isTerminal: false,
    }),
    [Symbol.asyncDispose]: () => Deno.remove(home, { recursive: true }),
  };
}
