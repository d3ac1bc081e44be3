/**
 * The barest servers there could be, in a process of their own as the real one is: POST is
 * answered with the body in JSON, GET with the file named on the command line.
 */

const [path] = Deno.args;

Deno.serve(
  {
    hostname: "127.0.0.1",
    port: 0,
    onListen: ({ port }) => console.log(port),
  },
  async (request) =>
    request.method === "POST"
      ? Response.json({ body: await request.text() })
      : new Response((await Deno.open(path!)).readable, {
        headers: { "content-type": "image/jpeg" },
      }),
);
