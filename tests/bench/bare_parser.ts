/** The barest server that takes a message apart, in a process of its own: what Deno itself needs. */

Deno.serve(
  {
    hostname: "127.0.0.1",
    port: 0,
    onListen: ({ port }) => console.log(port),
  },
  async (request) => {
    try {
      const { id } = JSON.parse(await request.text());
      return Response.json({ jsonrpc: "2.0", id, result: {} });
    } catch {
      return new Response(null, { status: 400 });
    }
  },
);
