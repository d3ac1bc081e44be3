import driver from "npm:pg@8.23.1";

// Its published types rest on Node's, which are not Deno's: what is used of them stands here.

export interface ClientOptions {
  readonly connectionString: string;
  readonly application_name: string;
  /** In milliseconds. */
  readonly connectionTimeoutMillis: number;
  /** Milliseconds until a statement whose answer is not whole fails; its connection is of no use then. */
  readonly query_timeout: number;
  readonly statement_timeout?: number;
  readonly idle_in_transaction_session_timeout?: number;
  readonly keepAlive: boolean;
  readonly keepAliveInitialDelayMillis: number;
}

/** What the driver reads. */
interface Readable {
  // deno-lint-ignore no-explicit-any -- bytes with "data", nothing with "end"
  on(event: string, listener: (...values: any[]) => void): void;
  destroy(error: Error): void;
}

export interface Client {
  readonly connection: {
    /** Begins to read messages. */
    attachListeners(stream: Readable): void;
  };
  connect(): Promise<unknown>;
  query(text: string, values?: readonly unknown[]): Promise<Result | Result[]>;
  end(): Promise<void>;
  on(event: "notification", listener: (notice: { readonly payload: string }) => void): void;
  on(event: "error", listener: (error: Error) => void): void;
  once(event: "end", listener: () => void): void;
  off(event: "end", listener: () => void): void;
}

export interface Result {
  readonly rows: Record<string, unknown>[];
  readonly rowCount: number | null;
}

export interface PooledClient extends Client {
  /** Gives it back; one that may be broken is ended. */
  release(isBroken: boolean): void;
}

export interface Pool {
  connect(): Promise<PooledClient>;
  end(): Promise<void>;
  on(event: "error", listener: (error: Error) => void): void;
  on(event: "connect", listener: (client: Client) => void): void;
}

export const { Client, Pool } = driver as unknown as {
  readonly Client: new (options: ClientOptions) => Client;
  readonly Pool: new (options: {
    readonly Client: new () => Client;
    readonly max: number;
    readonly idleTimeoutMillis: number;
  }) => Pool;
};
