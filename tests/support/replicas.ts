/** Servers on machines of their own (folders, here) that share a PostgreSQL and a bucket, behind nginx. */

import { type FakeS3, startFakeS3 } from "../fakes/s3.ts";
import { type TemporaryFolder, temporaryFolder } from "./folder.ts";
import { type Nginx, nginxExamples, startNginx } from "./nginx.ts";
import { steadyPort } from "./port.ts";
import { type PostgresServer, startPostgres } from "./postgres.ts";
import { type HttpServerProcess, startHttpServer } from "./process.ts";

export interface Replicas extends AsyncDisposable {
  readonly postgres: PostgresServer;
  /** The address of the database that the servers share. */
  readonly database: string;
  readonly bucket: FakeS3;
  readonly servers: readonly Replica[];
  readonly nginx: Nginx;
}

/** A server that keeps its port and its folder when it is started again. */
export interface Replica {
  readonly url: string;
  /** Ends it as a loss of power does, once a start that has begun is over. */
  kill(): Promise<void>;
  /** Starts it after it was killed; resolves when it listens. */
  start(): Promise<void>;
  /** What it has logged since it was started last. */
  readonly log: string;
}

/** Starts `count` servers with the settings `env`, and nginx as the manual has it. */
export async function startReplicas(
  count: number,
  env: Readonly<Record<string, string>>,
): Promise<Replicas> {
  await using parts = new AsyncDisposableStack();
  const postgres = parts.use(await startPostgres());
  const database = await postgres.createDatabase();
  const bucket = parts.use(startFakeS3({ bucket: "pictures", ...KEYS }));
  const shared = {
    MCP_DATABASE_URL: database,
    MCP_IMAGE_STORE: "s3://pictures/art",
    AWS_ACCESS_KEY_ID: KEYS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
    AWS_ENDPOINT_URL_S3: bucket.endpoint,
    ...env,
  };
  const starting = Array.from({ length: count }, async () => {
    const folder = await temporaryFolder();
    return new ReplicaProcess(folder, steadyPort(), shared);
  });
  const servers = (await Promise.all(starting)).map((server) => parts.use(server));
  await Promise.all(servers.map((server) => server.start()));
  const nginx = parts.use(await startNginx(await exampleFor(servers.map(({ port }) => port))));
  const all = parts.move();
  return {
    postgres,
    database,
    bucket,
    servers,
    nginx,
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

class ReplicaProcess implements Replica, AsyncDisposable {
  #process: Promise<HttpServerProcess> | undefined;
  #log = () => "";

  constructor(
    private readonly folder: TemporaryFolder,
    readonly port: number,
    private readonly env: Readonly<Record<string, string>>,
  ) {}

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get log(): string {
    return this.#log();
  }

  async start(): Promise<void> {
    const env = { ...this.env, MCP_PORT: String(this.port) };
    this.#process ??= startHttpServer({ folder: this.folder.path, env });
    const process = await this.#process;
    this.#log = () => process.stderr;
  }

  async kill(): Promise<void> {
    const process = await this.#process?.catch(() => undefined);
    this.#process = undefined;
    await process?.kill();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await this.folder[Symbol.asyncDispose]();
  }
}

/** The manual's example for one server with that for several; all visitors here have one address. */
async function exampleFor(ports: readonly number[]): Promise<string> {
  const [site, upstream] = await nginxExamples();
  let places = 0;
  const named = upstream!.replace(/^ *server .*\n/gm, (line) => {
    const port = ports[places++];
    return port === undefined ? "" : line.replace(/[\d.]+:8000/, `127.0.0.1:${port}`);
  });
  return named +
    site!.replace(
      "proxy_pass http://127.0.0.1:8000;",
      "proxy_pass http://image_servers;\n    proxy_connect_timeout 2s;",
    ).replace("limit_conn visitors 100;", "");
}

const KEYS = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCY" };
