/** What the fakes of vendors share: servers, the plan of faults, and the host pictures are fetched from. */

import { drawJpeg, drawPng } from "./pictures.ts";
import { type Fault, seen, type SeenRequest } from "./fake_vendor.ts";

/**
 * An API with its gallery, where it has one, on a port of their own; "hangs" lasts until the caller
 * goes or the server closes.
 */
export function startServer(
  gallery: Gallery | undefined,
  handle: (request: Request) => Promise<Response>,
) {
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    (request) => gallery?.has(request) ? gallery.show(request) : handle(request),
  );
  const url = `http://127.0.0.1:${server.addr.port}`;
  gallery?.openAt(url);
  return { url, close: () => server.shutdown() };
}

export type Gallery = ReturnType<typeof startGallery>;

/** What the next calls meet. */
export class FaultPlan<What> {
  #what: What | undefined;
  #times = 0;

  set(what: What, times: number): void {
    this.#what = what;
    this.#times = times;
  }

  next(): What | undefined {
    return this.#times-- > 0 ? this.#what : undefined;
  }
}

/** Never answers; ends when any of the signals aborts. */
export function hang(...signals: readonly AbortSignal[]): Promise<Response> {
  return new Promise((resolve) => {
    const end = () => resolve(new Response(null, { status: 500 }));
    for (const signal of signals) signal.addEventListener("abort", end, { once: true });
  });
}

/** Half of the bytes, and then the connection ends. */
export function cutShort(bytes: Uint8Array<ArrayBuffer>): Response {
  const half = new Blob([bytes.subarray(0, bytes.length / 2)]).stream();
  return new Response(half, { headers: { "content-length": String(bytes.length) } });
}

/** The faults that look alike at every API; undefined for those a vendor words itself. */
export async function plainFault(
  fault: Fault,
  ...signals: readonly AbortSignal[]
): Promise<Response | undefined> {
  if (fault === "hangs") return await hang(...signals);
  if (fault === "dead socket") return cutShort(new Uint8Array(2));
  if (fault === "nonsense JSON") {
    return new Response(`{"Response":{"JobId":"13`, {
      headers: { "content-type": "application/json" },
    });
  }
}

/**
 * Where pictures lie: paths of their own at the API's address, and no place for a key. Its
 * `close` throws when one was ever brought along, so that the test fails.
 */
export function startGallery() {
  const pictures: Uint8Array<ArrayBuffer>[] = [];
  const downloads: SeenRequest[] = [];
  const lost = new Set<number>();
  const faults = new FaultPlan<Fault>();

  let address = "";

  async function show(request: Request): Promise<Response> {
    const asked = await seen(request);
    downloads.push(asked);
    const number = Number(asked.path.match(/^\/gallery\/(\d+)\./)?.[1]);
    const picture = pictures[number];
    if (picture === undefined || lost.has(number)) {
      return new Response("NoSuchKey", { status: 404 });
    }
    return faults.next() ? cutShort(picture) : new Response(picture);
  }

  return {
    show,
    has: (request: Request) => new URL(request.url).pathname.startsWith("/gallery/"),
    openAt: (url: string) => void (address = url),
    pictures,
    downloads,
    faults,
    /** Numbers of pictures that are gone. */
    lost,
    /** Hangs up a new picture; every second one is a JPEG, unless it is said. */
    add(width: number, height: number, isJpeg = pictures.length % 2 === 1): string {
      const draw = isJpeg ? drawJpeg : drawPng;
      const number = pictures.push(draw(width, height, crypto.randomUUID())) - 1;
      return `${address}/gallery/${number}.${isJpeg ? "jpg" : "png"}?q-signature=0123456789abcdef`;
    },
    close(): void {
      const keys = downloads.flatMap(({ headers }) =>
        Object.keys(headers).filter((name) => /^(authorization|x-tc-.*)$/.test(name))
      );
      if (keys.length > 0) throw new Error(`The download host was sent ${keys.join(", ")}`);
    },
  };
}
