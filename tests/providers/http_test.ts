import assert from "node:assert/strict";

import { ImageError } from "../../src/errors.ts";
import { MAX_PICTURE_BYTES, quote } from "../../src/providers/bounds.ts";
import { isPrivateHost } from "../../src/providers/download_address.ts";
import {
  createVendorClient,
  type VendorAnswer,
  type VendorClient,
  type VendorRequest,
} from "../../src/providers/http.ts";
import { retryAfterSeconds } from "../../src/providers/retries.ts";

import { drawPng } from "../fakes/pictures.ts";

const never = new AbortController().signal;

Deno.test("the door to vendors sends headers and body just as given and reads the answer", async () => {
  await using vendor = serve(async (request) =>
    Response.json({
      method: request.method,
      type: request.headers.get("content-type"),
      body: await request.text(),
    })
  );

  const { status, json } = await clientOf(vendor).send({
    ...asking(vendor),
    headers: { "Content-Type": "application/json" },
    body: `{"a": "雨"}`,
  });

  assert.equal(status, 200);
  assert.deepEqual(json, { method: "POST", type: "application/json", body: `{"a": "雨"}` });
});

Deno.test("the door to vendors has no JSON where the answer is none", async () => {
  await using vendor = serve(() => new Response("<html>"));

  const { text, json } = await clientOf(vendor).send(asking(vendor));

  assert.equal(text, "<html>");
  assert.equal(json, undefined);
});

Deno.test("the door to vendors hands over a good answer as it comes, and no other", async () => {
  await using vendor = serve((_, count) =>
    new Response(ReadableStream.from(["one", "two"]).pipeThrough(new TextEncoderStream()), {
      status: count === 1 ? 400 : 200,
    })
  );
  const pieces: string[] = [];
  const onBytes = (bytes: Uint8Array) => void pieces.push(new TextDecoder().decode(bytes));

  await clientOf(vendor).send({ ...asking(vendor), onBytes });
  assert.deepEqual(pieces, []);
  const { text } = await clientOf(vendor).send({ ...asking(vendor), onBytes });
  assert.equal(pieces.join(""), "onetwo");
  assert.equal(text, "onetwo");
});

Deno.test("the door to vendors follows no redirect of an API call, which could take the key along", async () => {
  await using elsewhere = serve(() => new Response("stolen"));
  await using vendor = serve(() => Response.redirect(elsewhere.url, 307));

  const { status } = await clientOf(vendor).send(asking(vendor));

  assert.equal(status, 307);
  assert.equal(elsewhere.requests.length, 0);
});

for (const code of ["rate_limited", "provider_busy"] as const) {
  Deno.test(`a submit is repeated after ${code}, for nothing happened`, async () => {
    await using vendor = serve((_, count) => new Response(null, { status: count < 3 ? 503 : 200 }));

    const { status } = await clientOf(vendor).send({
      ...asking(vendor, "if nothing happened"),
      failure: failsWith(code),
    });

    assert.equal(status, 200);
    assert.equal(vendor.requests.length, 3);
  });
}

for (const status of [408, 425, 503, 509, 521, 522, 523, 525, 526, 529, 530]) {
  Deno.test(`a submit is repeated after HTTP ${status}, after which nothing was drawn`, async () => {
    await using vendor = serve((_, count) =>
      new Response(null, { status: count < 3 ? status : 200 })
    );
    const request = { ...asking(vendor), failure: failsWith("provider_error") };
    const answered = await clientOf(vendor).send(request);
    assert.equal(answered.status, 200);
    assert.equal(vendor.requests.length, 3);
  });
}

for (const status of [500, 502, 504, 520, 524]) {
  Deno.test(`a submit is not repeated after HTTP ${status}, after which it may have been drawn`, async () => {
    await using vendor = serve(() => new Response(null, { status }));
    await assert.rejects(clientOf(vendor).send(asking(vendor, "if nothing happened")), {
      code: "provider_error",
    });
    assert.equal(vendor.requests.length, 1);
  });
}

Deno.test("a submit is not repeated after a fault in which the vendor may have drawn", async () => {
  await using broken = serve(() => new Response(null, { status: 500 }));
  await using dead = serve(() => cutShort("x".repeat(100)));

  await assert.rejects(clientOf(broken).send(asking(broken, "if nothing happened")), {
    code: "provider_error",
  });
  await assert.rejects(clientOf(dead).send(asking(dead, "if nothing happened")), {
    code: "network_error",
  });

  assert.equal(broken.requests.length, 1);
  assert.equal(dead.requests.length, 1);
});

Deno.test("a submit is repeated when no connection was made", async () => {
  let tried = 0;
  const closed = serve(() => new Response());
  await closed[Symbol.asyncDispose]();
  const client = createVendorClient({
    title: "The vendor",
    endpoint: closed.url,
    secrets: [],
    pause: 1,
    fetch(input, init) {
      tried++;
      return fetch(input, init);
    },
  });

  await assert.rejects(client.send(asking(closed, "if nothing happened")), {
    code: "network_error",
    message:
      /^Check the network .+: The vendor could not be reached at 127\.0\.0\.1:\d+ \(the connection was refused\)$/,
  });
  assert.equal(tried, 4);
});

Deno.test("a poll is repeated after any passing fault, four times in all", async () => {
  await using broken = serve(() => new Response(null, { status: 500 }));
  await using dead = serve((_, count) => count < 3 ? cutShort("x".repeat(100)) : new Response());
  await using sorry = serve(() => new Response(null, { status: 400 }));

  await assert.rejects(clientOf(broken).send(asking(broken, "freely")), { code: "provider_error" });
  await clientOf(dead).send(asking(dead, "freely"));
  const passing = new ImageError("provider_error", "A fault of its own", { passing: true });
  await assert.rejects(
    clientOf(sorry).send({ ...asking(sorry, "freely"), failure: () => passing }),
    { code: "provider_error" },
  );

  assert.deepEqual([broken, dead, sorry].map(({ requests }) => requests.length), [4, 3, 4]);
});

Deno.test("a poll or a download that brings nothing for too long is tried again, a submit waits", async () => {
  const silent = () => new Promise<Response>((resolve) => setTimeout(resolve, 150, new Response()));
  const stuck = () => {
    const begun = new ReadableStream<Uint8Array>({
      async start(controller) {
        controller.enqueue(new Uint8Array(10));
        await new Promise((resolve) => setTimeout(resolve, 150));
        controller.close();
      },
    });
    return new Response(begun);
  };
  for (const misbehave of [silent, stuck]) {
    await using vendor = serve((_, count) => count % 2 === 1 ? misbehave() : new Response("good"));
    const options = { title: "The vendor", endpoint: vendor.url, secrets: [], pause: 1 };
    const client = createVendorClient({ ...options, longestSilence: 50 });

    assert.equal((await client.send(asking(vendor, "freely"))).text, "good");
    const bytes = await client.download(`${vendor.url}/picture`, never);
    assert.equal(new TextDecoder().decode(bytes), "good");
    assert.equal(vendor.requests.length, 4);

    await client.send(asking(vendor));
    assert.equal(vendor.requests.length, 5);
  }
});

Deno.test("a poll that stays silent says so", async () => {
  await using vendor = serve(() =>
    new Promise((resolve) => setTimeout(resolve, 100, new Response()))
  );
  const options = { title: "The vendor", endpoint: vendor.url, secrets: [], pause: 1 };
  const client = createVendorClient({ ...options, longestSilence: 20 });

  await assert.rejects(client.send(asking(vendor, "freely")), {
    code: "network_error",
    message: "The vendor has sent nothing for 0.02 s. Check the network",
  });
  assert.equal(vendor.requests.length, 4);
});

Deno.test("nothing is repeated after an error that will not pass", async () => {
  await using vendor = serve(() => new Response(null, { status: 401 }));

  await assert.rejects(
    clientOf(vendor).send({
      ...asking(vendor, "freely"),
      failure: failsWith("authentication_failed"),
    }),
    { code: "authentication_failed" },
  );
  assert.equal(vendor.requests.length, 1);
});

Deno.test("a retry waits as long as the vendor asks", async () => {
  await using vendor = serve((_, count) => new Response(null, { status: count === 1 ? 429 : 200 }));
  const start = performance.now();

  await clientOf(vendor).send({
    ...asking(vendor),
    failure: failsWith("rate_limited", { retry_after_seconds: 0.2 }),
  });

  assert.ok(performance.now() - start >= 195);
});

Deno.test("a vendor that asks for more than a minute gets no retry", async () => {
  await using vendor = serve(() => new Response(null, { status: 429 }));

  await assert.rejects(
    clientOf(vendor).send({
      ...asking(vendor),
      failure: failsWith("rate_limited", { retry_after_seconds: 61 }),
    }),
    { code: "rate_limited" },
  );
  assert.equal(vendor.requests.length, 1);
});

Deno.test("an abort ends a call in flight and a pause, with the caller's reason", async () => {
  await using hanging = serve((request) =>
    new Promise<Response>((resolve) =>
      request.signal.addEventListener("abort", () => resolve(new Response()))
    )
  );
  await using busy = serve(() => new Response(null, { status: 429 }));
  const reason = new ImageError("timeout", "The picture did not come within 1 s");
  const send = (vendor: Server, pause: number, failure: VendorRequest["failure"]) => {
    const caller = new AbortController();
    setTimeout(() => caller.abort(reason), 20);
    return clientOf(vendor, { pause }).send({
      ...asking(vendor),
      signal: caller.signal,
      failure,
    });
  };

  await assert.rejects(send(hanging, 1, () => undefined), (error) => error === reason);
  await assert.rejects(send(busy, 60_000, failsWith("rate_limited")), (error) => error === reason);
});

Deno.test("secrets are hidden in messages and details, whoever said them", async () => {
  await using vendor = serve(() => new Response("key sk-secret is bad", { status: 401 }));

  const error = await clientOf(vendor, { secrets: ["sk-secret"] }).send({
    ...asking(vendor),
    failure: ({ text }) => new ImageError("authentication_failed", text, { said: text }),
  }).catch((error) => error);

  assert.equal(error.message, "key [hidden] is bad");
  assert.deepEqual(error.details, { said: "key [hidden] is bad" });
});

Deno.test("a download is fetched whole, again after a cut, and without any header of ours", async () => {
  const bytes = new Uint8Array(300_000).fill(7);
  await using vendor = serve((_, count) => count === 1 ? cutShort("x") : new Response(bytes));

  assert.deepEqual(await clientOf(vendor).download(`${vendor.url}/picture`, never), bytes);

  assert.equal(vendor.requests.length, 2);
  const names = vendor.requests.flatMap((headers) => [...headers.keys()]);
  assert.ok(!names.includes("authorization"));
});

Deno.test("a picture that comes cut is fetched again, and taken as it is where it always comes so", async () => {
  const whole = drawPng(64, 64, "a test");
  const cut = whole.slice(0, 60);
  await using hasty = serve((_, count) => new Response(count === 1 ? cut : whole));
  assert.deepEqual(await clientOf(hasty).download(hasty.url, never), whole);
  await using broken = serve(() => new Response(cut));
  assert.deepEqual(await clientOf(broken).download(broken.url, never), cut);
  assert.deepEqual([hasty.requests.length, broken.requests.length], [2, 3]);
});

for (const status of [403, 404, 408, 409, 423, 425, 429, 500, 503]) {
  Deno.test(`a download that answers ${status} at first is asked for until the picture is there`, async () => {
    await using vendor = serve((_, count) =>
      count < 6 ? new Response("NoSuchKey", { status }) : new Response("picture")
    );
    const bytes = await clientOf(vendor).download(`${vendor.url}/late`, never);
    assert.equal(new TextDecoder().decode(bytes), "picture");
  });
}

Deno.test("a download that stays away is reported once its minute is over", async () => {
  await using vendor = serve(() => new Response("NoSuchKey", { status: 404 }));
  await assert.rejects(clientOf(vendor).download(`${vendor.url}/gone`, never), {
    code: "missing_content",
    message: "The vendor drew the picture, but its download answered HTTP 404",
  });
  assert.equal(vendor.requests.length, 12);
});

for (const [status, words] of [[403, "Request has expired"], [410, "Gone"]] as const) {
  Deno.test(`a download whose address has expired (${status}) is reported and not tried again`, async () => {
    await using vendor = serve(() => new Response(words, { status }));
    await assert.rejects(clientOf(vendor).download(`${vendor.url}/old`, never), {
      code: "missing_content",
      message: "The vendor drew the picture, but its download has expired",
    });
    assert.equal(vendor.requests.length, 1);
  });
}

Deno.test("a download follows a redirect on the vendor's own host, five times at most", async () => {
  await using vendor = serve((request) =>
    new URL(request.url).pathname === "/start"
      ? Response.redirect(new URL("/end", request.url), 302)
      : new Response("picture")
  );
  await using circle = serve((request) => Response.redirect(request.url, 302));

  const bytes = await clientOf(vendor).download(`${vendor.url}/start`, never);
  assert.equal(new TextDecoder().decode(bytes), "picture");
  await assert.rejects(clientOf(circle).download(circle.url, never), {
    code: "missing_content",
    message: /too many redirects/,
  });
  assert.equal(circle.requests.length, 6);
});

Deno.test("a download goes neither to a private address nor over plain http elsewhere", async () => {
  await using inside = serve(() => new Response("secret page"));
  const fetched: string[] = [];
  const client = createVendorClient({
    title: "The vendor",
    endpoint: "https://api.vendor.example",
    secrets: [],
    pause: 1,
    fetch(input) {
      fetched.push(String(input));
      return Promise.resolve(
        new Response(null, { status: 302, headers: { location: inside.url } }),
      );
    },
  });

  for (const url of FORBIDDEN_ADDRESSES) {
    await assert.rejects(client.download(url, never), {
      code: "missing_content",
      message: /at an address that is not fetched/,
    }, url);
  }
  assert.deepEqual(fetched, []);

  await assert.rejects(client.download("https://cdn.example/redirects-inside", never), {
    code: "missing_content",
  });
  assert.deepEqual(fetched, ["https://cdn.example/redirects-inside"]);
  assert.equal(inside.requests.length, 0);
});

Deno.test("a gateway's own headers go with a download from its origin, and nowhere else", async () => {
  const endpoint = "https://api.vendor.example";
  const seen: (readonly [string, string | null])[] = [];
  const client = createVendorClient({
    title: "The vendor",
    endpoint,
    secrets: [],
    ownHeaders: { authorization: "Bearer a-token" },
    fetch(input, init) {
      seen.push([String(input), new Headers(init?.headers).get("authorization")]);
      return Promise.resolve(
        seen.length === 1
          ? new Response(null, { status: 302, headers: { location: "https://cdn.example/1" } })
          : new Response("picture"),
      );
    },
  });
  await client.download(`${endpoint}/view`, never);
  assert.deepEqual(seen, [
    [`${endpoint}/view`, "Bearer a-token"],
    ["https://cdn.example/1", null],
  ]);
});

Deno.test("a download stops at its bound instead of filling the memory", async () => {
  const chunk = new Uint8Array(1024 * 1024);
  let sent = 0;
  await using vendor = serve(() =>
    new Response(
      new ReadableStream({
        pull(controller) {
          sent += chunk.length;
          controller.enqueue(chunk);
          if (sent > 2 * MAX_PICTURE_BYTES) controller.close();
        },
      }),
    )
  );

  await assert.rejects(clientOf(vendor).download(vendor.url, never), {
    code: "missing_content",
    message: /larger than 50 MB and was not read/,
  });
  assert.equal(vendor.requests.length, 1);
  assert.ok(sent < 2 * MAX_PICTURE_BYTES);
});

Deno.test("private, local and link-local hosts are told from public ones", () => {
  const isPrivate = (address: string) => isPrivateHost(new URL(`http://${address}/`).hostname);

  for (const host of PRIVATE_HOSTS) assert.ok(isPrivate(host), host);
  for (const host of PUBLIC_HOSTS) assert.ok(!isPrivate(host), host);
});

Deno.test("the wait a vendor asks for is read in every form it comes in", () => {
  const now = Date.parse("2026-11-22T12:00:00Z");
  const seconds = (headers: Record<string, string>) => retryAfterSeconds(new Headers(headers), now);

  assert.equal(seconds({ "retry-after": "20" }), 20);
  assert.equal(seconds({ "retry-after": "20", "retry-after-ms": "1500" }), 1.5);
  assert.equal(seconds({ "retry-after": "Sun, 22 Nov 2026 12:00:30 GMT" }), 30);
  assert.equal(seconds({ "retry-after": "Sun, 22 Nov 2026 11:00:00 GMT" }), 0);
  assert.equal(seconds({ "retry-after": "soon" }), undefined);
  assert.equal(seconds({}), undefined);
});

Deno.test("a vendor's words are quoted short and on one line", () => {
  assert.equal(quote("  two\n lines "), `"two lines"`);
  assert.equal(quote("x".repeat(500)).length, 200);
});

Deno.test("HTTP_PROXY carries a vendor's traffic, and NO_PROXY spares a host from it", async () => {
  await using proxy = startProxy();

  const [through, past] = await Promise.all([
    sendFromChild("http://vendor.example/draw", { HTTP_PROXY: proxy.url }),
    sendFromChild(`${proxy.url}/direct`, {
      HTTP_PROXY: "http://127.0.0.1:9",
      NO_PROXY: "127.0.0.1",
    }),
  ]);

  assert.equal(through, "the proxy's answer");
  assert.equal(past, "the proxy's answer");
  assert.deepEqual(proxy.lines.toSorted(), [
    "POST /direct HTTP/1.1",
    "POST http://vendor.example/draw HTTP/1.1",
  ]);
});

Deno.test("HTTPS_PROXY is asked for a tunnel to the vendor, and its refusal is explained", async () => {
  await using proxy = startProxy();

  const said = await sendFromChild("https://vendor.example/draw", { HTTPS_PROXY: proxy.url });

  assert.match(
    said,
    /^network_error: Check the network and, behind a proxy, HTTPS_PROXY, HTTP_PROXY and NO_PROXY: /,
  );
  assert.match(said, /The vendor could not be reached at vendor\.example \(the proxy did not /);
  assert.equal(proxy.lines[0], "CONNECT vendor.example:443 HTTP/1.1");
});

interface Server extends AsyncDisposable {
  readonly url: string;
  /** The headers of each request. */
  readonly requests: readonly Headers[];
}

/** A vendor; `count` numbers its requests from 1. */
function serve(
  handle: (request: Request, count: number) => Response | Promise<Response>,
): Server {
  const requests: Headers[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
    requests.push(new Headers(request.headers));
    return handle(request, requests.length);
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    requests,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** An answer whose connection ends before the length it promised. */
function cutShort(text: string): Response {
  return new Response(new Blob([text]).stream(), { headers: { "content-length": "1000" } });
}

function clientOf(
  { url }: Server,
  { secrets = [], pause = 1 }: { secrets?: string[]; pause?: number } = {},
): VendorClient {
  return createVendorClient({ title: "The vendor", endpoint: url, secrets, pause });
}

function asking(
  { url }: Server,
  repeat: VendorRequest["repeat"] = "if nothing happened",
): VendorRequest {
  return { url, signal: never, repeat, failure: failsWith("provider_error", {}, 500) };
}

/** Takes every status from `least` on for a failure of this code. */
function failsWith(code: ImageError["code"], details: object = {}, least = 400) {
  return ({ status }: VendorAnswer) =>
    status >= least
      ? new ImageError(code, `The vendor failed with ${status}`, {
        http_status: status,
        ...details,
      })
      : undefined;
}

/** A proxy that answers every plain request itself and opens no tunnel. */
function startProxy() {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const lines: string[] = [];
  const serving = (async () => {
    for await (const connection of listener) {
      const buffer = new Uint8Array(4096);
      const length = await connection.read(buffer) ?? 0;
      const [line = ""] = new TextDecoder().decode(buffer.subarray(0, length)).split("\r\n");
      lines.push(line);
      const answer = line.startsWith("CONNECT")
        ? "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        : "HTTP/1.1 200 OK\r\ncontent-length: 18\r\nconnection: close\r\n\r\nthe proxy's answer";
      await connection.write(new TextEncoder().encode(answer));
      connection.close();
    }
  })();
  return {
    url: `http://127.0.0.1:${listener.addr.port}`,
    lines,
    async [Symbol.asyncDispose]() {
      listener.close();
      await serving;
    },
  };
}

/** What one request through the door to vendors brings in a process with this environment. */
async function sendFromChild(url: string, env: Record<string, string>): Promise<string> {
  const door = import.meta.resolve("../../src/providers/http.ts");
  const script = `
    import { createVendorClient } from ${JSON.stringify(door)};
    const url = ${JSON.stringify(url)};
    const client = createVendorClient({ title: "The vendor", endpoint: url, secrets: [], pause: 1 });
    const signal = AbortSignal.timeout(10_000);
    const request = { url, signal, repeat: "freely", failure() {} };
    const said = await client.send(request).then(
      ({ text }) => text,
      ({ code, message }) => code + ": " + message,
    );
    await Deno.stdout.write(new TextEncoder().encode(said));`;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-lock",
      "-A",
      `data:text/javascript,${encodeURIComponent(script)}`,
    ],
    env: { ...NO_PROXIES, ...env },
    stderr: "inherit",
  }).output();
  return new TextDecoder().decode(stdout);
}

/** Whatever the machine that runs the tests sets is out of the way. */
const NO_PROXIES = { HTTP_PROXY: "", HTTPS_PROXY: "", NO_PROXY: "", ALL_PROXY: "" };

const FORBIDDEN_ADDRESSES = [
  "http://cdn.example/picture",
  "http://api.other.example/",
  "https://127.0.0.1/",
  "https://169.254.169.254/latest/meta-data/",
  "https://[::1]/",
  "https://metadata.internal/",
  "file:///etc/passwd",
  "data:text/plain,x",
  "ftp://api.vendor.example/picture",
  "not an address",
];

const PRIVATE_HOSTS = [
  "localhost",
  "printer.local",
  "router",
  "127.0.0.1",
  "127.1",
  "2130706433",
  "0x7f.1",
  "0.0.0.0",
  "10.1.2.3",
  "172.16.0.1",
  "172.31.255.255",
  "192.168.0.1",
  "169.254.169.254",
  "100.64.0.1",
  "224.0.0.1",
  "[::1]",
  "[::]",
  "[::ffff:10.0.0.1]",
  "[::10.0.0.1]",
  "[::ffff:0:10.0.0.1]",
  "[64:ff9b::10.0.0.1]",
  "[2002:a00:1::]",
  "[2001:0:a00:1::]",
  "[2001::1]",
  "[fc00::1]",
  "[fe80::1]",
  "[fec0::1]",
  "192.0.0.192",
  "nas.lan",
];

const PUBLIC_HOSTS = [
  "example.com",
  "8.8.8.8",
  "172.15.0.1",
  "172.32.0.1",
  "100.128.0.1",
  "192.169.0.1",
  "198.18.0.1",
  "[2001:4860:4860::8888]",
  "[2606:4700::1111]",
  "fc00.example.com",
];
