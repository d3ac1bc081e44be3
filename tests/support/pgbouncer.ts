/** A PgBouncer before a PostgreSQL, in a folder of its own, where it is installed. */

import { join } from "node:path";
import { temporaryFolder } from "./folder.ts";
import { steadyPort } from "./port.ts";
import { connectTo } from "./postgres.ts";
import { until } from "./wait.ts";

/** Its program; undefined where it is not installed. */
export const PGBOUNCER = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer"].find((path) => {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
});

export interface PgBouncer extends AsyncDisposable {
  /** The address of the same database through the pooler. */
  addressOf(url: string): string;
}

/** Room for all connections of several servers, or for few that they share. */
const POOL_SIZES = { session: 60, transaction: 5 };

/** Starts one before the server of `url`; the settings that are not named here are its own. */
export async function startPgBouncer(
  url: string,
  mode: "session" | "transaction",
): Promise<PgBouncer> {
  const folder = await temporaryFolder();
  const [port, behind] = [steadyPort(), new URL(url)];
  const inFolder = (name: string) => join(folder.path, name);
  await Deno.writeTextFile(inFolder("users.txt"), '"postgres" ""\n');
  await Deno.writeTextFile(
    inFolder("pgbouncer.ini"),
    `[databases]
* = host=${behind.hostname} port=${behind.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = trust
auth_file = ${inFolder("users.txt")}
pool_mode = ${mode}
default_pool_size = ${POOL_SIZES[mode]}
server_login_retry = 1
`,
  );
  // It refuses to run as root, and reads its files as somebody else.
  const isRoot = Deno.uid() === 0;
  if (isRoot) await Deno.chmod(folder.path, 0o755);
  const args = [...isRoot ? ["--user", "postgres"] : [], "--quiet", inFolder("pgbouncer.ini")];
  const output = { stdout: "null", stderr: "null" } as const;
  const process = new Deno.Command(PGBOUNCER!, { args, cwd: "/", ...output }).spawn();
  const addressOf = (url: string) => url.replace(`:${behind.port}/`, `:${port}/`);
  await until("PgBouncer answers", async () => {
    await using connected = await connectTo(addressOf(url));
    return await connected.query("SELECT 1").then(() => true, () => false);
  });
  return {
    addressOf,
    async [Symbol.asyncDispose]() {
      process.kill("SIGKILL");
      await process.status;
      await folder[Symbol.asyncDispose]();
    },
  };
}
