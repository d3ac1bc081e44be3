/** The barest server that reads a message and keeps nothing of it, in a process of its own. */

Deno.serve(
  {
    hostname: "127.0.0.1",
    port: 0,
    onListen: ({ port }) => console.log(port),
  },
  async ({ body }) => {
    for await (const _ of body ?? []);
    return Response.json({ jsonrpc: "2.0", id: 1, result: {} });
  },
);
