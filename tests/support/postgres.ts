/** A PostgreSQL of this machine's own, in a folder of its own, where its programs are installed. */

import { join } from "node:path";
import { connect, type Connections } from "../../src/storage/postgres/connections.ts";
import { temporaryFolder } from "./folder.ts";
import { steadyPort } from "./port.ts";

export interface PostgresServer extends AsyncDisposable {
  /** The address of a new, empty database. */
  createDatabase(): Promise<string>;
  /** Stops it at once, as a crash does; `start` brings it back with what it holds. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** The folder of PostgreSQL's programs; undefined where it is not installed. */
export const POSTGRES = findPrograms();

/** Starts a server on a free port; take it where `POSTGRES` is known. */
export async function startPostgres(): Promise<PostgresServer> {
  const folder = await temporaryFolder();
  const data = join(folder.path, "data");
  const port = steadyPort();
  await Deno.mkdir(data);
  // It refuses to run as root.
  if (Deno.uid() === 0) {
    await Deno.chmod(folder.path, 0o755);
    await run("chown", ["postgres", data]);
  }
  const program = (name: string, args: readonly string[]) => {
    const path = join(POSTGRES!, name);
    return Deno.uid() === 0
      ? run("setpriv", ["--reuid=postgres", "--regid=postgres", "--clear-groups", path, ...args])
      : run(path, args);
  };
  const options = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' ` +
    "-c fsync=off -c max_connections=200";
  const control = (...args: string[]) => program("pg_ctl", ["-D", data, "-s", ...args]);
  await program("initdb", ["-D", data, "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8"]);
  const start = () => control("-w", "-o", options, "-l", join(data, "log"), "start");
  const stop = () => control("-m", "immediate", "stop");
  await start();
  const address = `postgres://postgres@127.0.0.1:${port}`;
  let made = 0;
  return {
    start,
    stop,
    async createDatabase() {
      const name = `test_${++made}`;
      await using connected = await connectTo(`${address}/postgres`);
      await connected.query(`CREATE DATABASE ${name}`);
      return `${address}/${name}`;
    },
    async [Symbol.asyncDispose]() {
      await stop();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Connections of a test's own to a database. */
export async function connectTo(url: string): Promise<Connections & AsyncDisposable> {
  const connections = await connect(url, { max: 2 });
  return { ...connections, [Symbol.asyncDispose]: () => connections.close() };
}

async function run(command: string, args: readonly string[]): Promise<void> {
  const process = new Deno.Command(command, {
    args: [...args],
    cwd: "/",
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  });
  const { success, stderr } = await process.output();
  if (!success) throw new Error(`${command} ${args[0]}: ${new TextDecoder().decode(stderr)}`);
}

/** Debian keeps them out of the way, one folder for each version. */
function findPrograms(): string | undefined {
  const root = "/usr/lib/postgresql";
  try {
    const versions = [...Deno.readDirSync(root)].map(({ name }) => name);
    return versions.sort().map((version) => join(root, version, "bin")).at(-1);
  } catch {
    return undefined;
  }
}
