/** Files and addresses opened with the system's own program. */

/** Whether it was asked to; the server itself needs no permission to run programs. */
export async function openWithSystem(target: string, os: typeof Deno.build.os): Promise<boolean> {
  const { program, args } = OPENERS[os] ?? { program: "xdg-open", args: [] };
  const permission = await Deno.permissions.query({ name: "run", command: program });
  if (permission.state !== "granted") return false;
  try {
    const quiet = { stdin: "null", stdout: "null", stderr: "null" } as const;
    const child = new Deno.Command(program, { args: [...args, target], ...quiet }).spawn();
    child.unref();
    return await isStarted(child.status);
  } catch {
    return false;
  }
}

/** Some openers end at once, and some only with what they opened. */
async function isStarted(status: Promise<Deno.CommandStatus>): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stays = new Promise<boolean>((resolve) => timer = setTimeout(resolve, PATIENCE, true));
  const ended = status.then(({ success }) => success);
  return await Promise.race([ended, stays]).finally(() => clearTimeout(timer));
}

/** In milliseconds. */
const PATIENCE = 1000;

interface Opener {
  readonly program: string;
  readonly args: readonly string[];
}

const OPENERS: Readonly<Record<string, Opener>> = {
  darwin: { program: "open", args: [] },
  windows: { program: "rundll32", args: ["url.dll,FileProtocolHandler"] },
};
