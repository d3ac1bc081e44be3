import assert from "node:assert/strict";
import { MAX_INPUT_BYTES } from "../../src/inputs/picture_source.ts";
import type { InputAccess, SourceDependencies } from "../../src/inputs/picture_source.ts";
import { webAddress } from "../../src/inputs/sources/web_address.ts";
import { drawPng } from "../fakes/pictures.ts";

const PNG = drawPng(16, 16, "on the web");

Deno.test("a picture is fetched, through at most five redirects", async () => {
  await using site = startSite((url) => {
    const hops = Number(url.searchParams.get("hops") ?? 0);
    return hops > 0 ? redirectTo(`/picture?hops=${hops - 1}`) : new Response(PNG);
  });
  const found = await read(site.address("/picture?hops=5"));
  assert.deepEqual(found.bytes, PNG);
  assert.equal(found.name, `The picture at ${site.host}`);
  await assert.rejects(read(site.address("/picture?hops=6")), /redirects more than 5 times/);
});

Deno.test("a packed answer is unpacked, and bounded when it is", async () => {
  await using site = startSite((url) => {
    const bytes = url.pathname === "/bomb" ? new Uint8Array(MAX_INPUT_BYTES + 1) : PNG;
    const packed = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
    return new Response(packed, { headers: { "content-encoding": "gzip" } });
  });
  assert.deepEqual((await read(site.address("/cat.png"))).bytes, PNG);
  await assert.rejects(read(site.address("/bomb")), /larger than 25 MB/);
});

Deno.test("only https is fetched, but for hosts that the owner names", async () => {
  const refusal = /over https only.*MCP_INPUT_HOSTS/;
  await assert.rejects(read("http://example.com/cat.png", { hosts: [] }), refusal);
  await assert.rejects(read("http://example.com/cat.png", { hosts: ["example.org"] }), refusal);
});

const INSIDE = [
  "https://127.0.0.1/",
  "https://2130706433/",
  "https://0x7f.1/",
  "https://localhost/",
  "https://printer/",
  "https://10.1.2.3/",
  "https://192.168.1.1/",
  "https://172.20.0.1/",
  "https://169.254.169.254/latest/meta-data/",
  "https://[::1]/",
  "https://[fe80::1]/",
  "https://[fd00::1]/",
  "https://[::ffff:127.0.0.1]/",
  "https://metadata.google.internal/",
];

for (const address of INSIDE) {
  Deno.test(`${address} lies inside and is not fetched`, async () => {
    await assert.rejects(read(address, { hosts: [] }), /private network or on this machine/);
  });
}

for (const inside of ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "fd12::1"]) {
  Deno.test(`a public name that leads to ${inside} is not fetched, though the owner names it`, async () => {
    for (const hosts of [[], ["pictures.example.com"]]) {
      await assert.rejects(
        read("https://pictures.example.com/cat.png", { hosts, addresses: ["8.8.8.8", inside] }),
        /pictures.example.com lies inside a private network/,
      );
    }
  });
}

Deno.test("a redirect is looked at as the first address was", async () => {
  await using site = startSite((url) => redirectTo(url.searchParams.get("to")!));
  const follow = (to: string) => read(site.address(`/?to=${encodeURIComponent(to)}`));
  await assert.rejects(follow("http://169.254.169.254/latest/meta-data/"), /over https only/);
  await assert.rejects(follow("https://169.254.169.254/latest/meta-data/"), /private network/);
  await assert.rejects(follow("https://localhost:1/cat.png"), /private network/);
  await assert.rejects(follow("file:///etc/passwd"), /gives no picture there/);
  await assert.rejects(follow("https://ann:secret@example.com/"), /name or password/);
});

Deno.test("an address where clouds keep their keys is never asked, whoever names it", async () => {
  for (const host of ["169.254.169.254", "[fe80::1]"]) {
    const hosts = [host.replace(/[[\]]/g, "")];
    await assert.rejects(read(`http://${host}/`, { hosts }), /private network/);
  }
  await assert.rejects(
    read("http://intranet/cat.png", { hosts: ["intranet"], addresses: ["169.254.169.254"] }),
    /private network/,
  );
});

Deno.test("the connection goes to the address that was looked at, and to no other", async () => {
  await using site = startSite((_url, request) => {
    assert.match(request.headers.get("host")!, /^nobody-knows-me\.internal:\d+$/);
    return new Response(PNG);
  });
  const address = site.address("/cat.png").replace("127.0.0.1", "nobody-knows-me.internal");
  const lookedUp: string[] = [];
  const { bytes } = await read(address, {
    hosts: ["nobody-knows-me.internal"],
    resolve: (hostname) => {
      lookedUp.push(hostname);
      return Promise.resolve(["127.0.0.1"]);
    },
  });
  assert.deepEqual(bytes, PNG);
  assert.deepEqual(lookedUp, ["nobody-knows-me.internal"]);
});

Deno.test("what is too large is not read to its end", async () => {
  await using site = startSite(() => {
    let sent = 0;
    const endless = new ReadableStream({
      pull(controller) {
        controller.enqueue(new Uint8Array(1024 * 1024));
        if (++sent > 100) controller.close();
      },
    });
    return new Response(endless);
  });
  await assert.rejects(read(site.address("/endless")), /larger than 25 MB/);
});

Deno.test("an answer that is no picture's says what it was", async () => {
  await using site = startSite(() => new Response("no", { status: 403 }));
  await assert.rejects(
    read(site.address("/cat.png")),
    /gives no picture there: it answered HTTP 403/,
  );
});

Deno.test("a caller who leaves is told so, and one who waits is told in time", async () => {
  await using site = startSite(() => new Response(new ReadableStream()));
  const leaving = new AbortController();
  const pending = read(site.address("/"), { signal: leaving.signal });
  leaving.abort(new Error("gone"));
  await assert.rejects(pending, /gone/);
  await assert.rejects(read("https://127.0.0.1:1/", { hosts: ["127.0.0.1"] }), /cannot be fetched/);
});

function read(text: string, { hosts = ["127.0.0.1"], addresses, resolve, signal }: {
  readonly hosts?: InputAccess["hosts"];
  readonly addresses?: readonly string[];
  readonly resolve?: SourceDependencies["resolve"];
  readonly signal?: AbortSignal;
} = {}) {
  const access = {
    mayReadAnyFile: true,
    folders: [],
    hosts,
    usesProxy: false,
    recordSeconds: 60,
    hasUploadLinks: false,
  };
  const reader = { owner: "", signal: signal ?? new AbortController().signal, access };
  const known = () => Promise.resolve(addresses ?? []);
  return webAddress.read(text, reader, {
    images: undefined as never,
    storage: undefined as never,
    now: 0,
    resolve: resolve ?? known,
  });
}

function redirectTo(location: string): Response {
  return new Response(null, { status: 302, headers: { location } });
}

function startSite(answer: (url: URL, request: Request) => Response) {
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    (request) => answer(new URL(request.url), request),
  );
  const host = `127.0.0.1:${server.addr.port}`;
  return {
    host,
    address: (path: string) => `http://${host}${path}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
