/** Servers that speak as much of PostgreSQL's protocol as is needed to break it. */

export interface BrokenPostgres extends Disposable {
  readonly url: string;
  /** How many connections it has had. */
  readonly connections: number;
}

/** Answers the start of a connection as `begin` does, and every message after it as `answer` does. */
export function startBrokenPostgres(
  { begin = BEGINNING, answer = [] }: {
    readonly begin?: Bytes;
    /** What is sent, piece by piece; the connection stays open after it. */
    readonly answer?: Iterable<Bytes>;
  },
): BrokenPostgres {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open: Deno.TcpConn[] = [];
  void (async () => {
    for await (const connection of listener) {
      open.push(connection);
      void talk(connection).catch(() => {});
    }
  })();
  async function talk(connection: Deno.TcpConn): Promise<void> {
    const buffer = new Uint8Array(65_536);
    await connection.read(buffer);
    await send(connection, begin);
    await connection.read(buffer);
    for (const piece of answer) await send(connection, piece);
    while (await connection.read(buffer) !== null);
  }
  return {
    url: `postgres://cat@127.0.0.1:${listener.addr.port}/cats`,
    get connections() {
      return open.length;
    },
    [Symbol.dispose]() {
      listener.close();
      for (const connection of open) connection.close();
    },
  };
}

type Bytes = Uint8Array<ArrayBuffer>;

async function send(connection: Deno.TcpConn, bytes: Bytes): Promise<void> {
  for (let sent = 0; sent < bytes.length;) sent += await connection.write(bytes.subarray(sent));
}

/** A message of a kind, which says that it has `length` bytes. */
export function message(kind: string, body: readonly number[], length = body.length + 4): Bytes {
  return Uint8Array.of(kind.charCodeAt(0), ...int32(length), ...body);
}

function int32(value: number): readonly number[] {
  return [value >>> 24, value >>> 16 & 255, value >>> 8 & 255, value & 255];
}

export function joined(...messages: readonly Bytes[]): Bytes {
  return Uint8Array.from(messages.flatMap((each) => [...each]));
}

/** Whoever comes is let in. */
const BEGINNING = joined(message("R", [0, 0, 0, 0]), message("Z", [0x49]));
