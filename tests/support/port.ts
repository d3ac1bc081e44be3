/** Ports for servers of tests. */

/**
 * A free port that a server keeps while it is stopped and started again: it lies below those that
 * systems give to outgoing connections, which may take any port of theirs meanwhile.
 */
export function steadyPort(): number {
  while (true) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    try {
      using _listener = Deno.listen({ port, hostname: "127.0.0.1" });
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}

const LOWEST = 10_000;
/** Linux gives outgoing connections those from 32768 on. */
const HIGHEST = 32_000;
