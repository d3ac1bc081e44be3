/** The example vendor's service: strict about what it takes, and slow where a test wants it. */

import { drawPng } from "../../fakes/pictures.ts";

export interface FakeExample extends AsyncDisposable {
  readonly environment: Readonly<Record<string, string>>;
  /** The bodies of the jobs that were accepted. */
  // deno-lint-ignore no-explicit-any
  readonly jobs: readonly any[];
  readonly cancelled: readonly string[];
  /** Lets every job be finished from now on. */
  finish(): void;
}

export function startExample(): FakeExample {
  const key = crypto.randomUUID();
  const jobs: unknown[] = [];
  const cancelled: string[] = [];
  let isFinished = false;
  const refuse = (status: number, error: string) => Response.json({ error }, { status });
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    if (request.headers.get("authorization") !== `Bearer ${key}`) return refuse(401, "wrong key");
    const [, collection, id, verb] = new URL(request.url).pathname.split("/");
    if (collection !== "jobs") return refuse(404, "no such path");
    if (request.method === "POST" && id === undefined) {
      const body = await request.json();
      const isEdit = body.operation === "edit";
      if (isEdit !== body.images.some(({ role }: { role: string }) => role === "base")) {
        return refuse(400, "an edit has one base, nothing else has any");
      }
      jobs.push(body);
      return Response.json({ id: `job-${jobs.length}` });
    }
    if (!jobs[Number(id?.slice("job-".length)) - 1]) return refuse(404, "no such job");
    if (request.method === "POST" && verb === "cancel") {
      cancelled.push(id!);
      return Response.json({});
    }
    if (!isFinished) return Response.json({ percent: 50 });
    const image = drawPng(64, 64, id!).toBase64();
    return Response.json({ percent: 100, image, cost: { amount: 0.02, unit: "USD" } });
  });
  return {
    environment: {
      EXAMPLE_API_KEY: key,
      EXAMPLE_ENDPOINT: `http://127.0.0.1:${server.addr.port}`,
    },
    jobs,
    cancelled,
    finish: () => isFinished = true,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
