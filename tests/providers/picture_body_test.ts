import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { ImageError } from "../../src/errors.ts";
import { createVendorClient } from "../../src/providers/http.ts";
import { asDataAddress, pictureBody } from "../../src/providers/picture_body.ts";
import type { InputImage } from "../../src/providers/provider.ts";
import { randomBytes } from "../support/random.ts";

/** Every remainder of three, and both sides of a piece. */
const LENGTHS = [0, 1, 2, 3, 49_151, 49_152, 49_153, 200_000];

Deno.test("a body with pictures is what JSON.stringify makes of their base64, to the byte", async () => {
  const pictures = LENGTHS.map(randomBytes);
  const words = { prompt: 'a "cat" \\ 猫 picture-0', seed: undefined, n: [1, null] };
  const sent = pictureBody({
    ...words,
    images: pictures,
    nested: [{ url: asDataAddress(imageOf(pictures[6]!)) }, "end"],
  });
  const expected = JSON.stringify({
    ...words,
    images: pictures.map((bytes) => bytes.toBase64()),
    nested: [{ url: `data:image/png;base64,${pictures[6]!.toBase64()}` }, "end"],
  });
  assert.ok(sent instanceof Blob);
  assert.equal(await sent.text(), expected);
  assert.equal(sent.size, new TextEncoder().encode(expected).length);
  assert.deepEqual(new Uint8Array(await sent.arrayBuffer()), new TextEncoder().encode(expected));
});

Deno.test("a body without pictures is a text", () => {
  const document = { prompt: "a cat", size: undefined, list: [1, "2"] };
  assert.equal(pictureBody(document), JSON.stringify(document));
});

Deno.test("a body with pictures is sent whole and with its length, again where it was refused", async () => {
  const received: { length: number; encoding: string | null; text: string }[] = [];
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    async (request) => {
      const { headers } = request;
      received.push({
        length: Number(headers.get("content-length")),
        encoding: headers.get("transfer-encoding"),
        text: await request.text(),
      });
      return Response.json({}, { status: received.length === 1 ? 429 : 200 });
    },
  );
  const picture = randomBytes(1_000_000);
  const endpoint = `http://127.0.0.1:${server.addr.port}`;
  const client = createVendorClient({ title: "Vendor", endpoint, secrets: [], pause: 1 });
  await client.send({
    url: endpoint,
    json: { image: picture },
    signal: new AbortController().signal,
    repeat: "if nothing happened",
    failure: ({ status }) =>
      status === 200 ? undefined : new ImageError("rate_limited", "Slower, please"),
  });
  const text = JSON.stringify({ image: picture.toBase64() });
  const whole = { length: text.length, encoding: null, text };
  assert.deepEqual(received, [whole, whole]);
});

Deno.test("a vendor that hangs up while a body is sent is a network error", async () => {
  await using vendor = startListener((connection) => connection.close());
  await assert.rejects(sendLarge(vendor.url, new AbortController()), { code: "network_error" });
});

Deno.test("a caller who goes while a body is sent ends it", async () => {
  const caller = new AbortController();
  await using vendor = startListener(() => caller.abort(new ImageError("cancelled", "Gone")));
  await assert.rejects(sendLarge(vendor.url, caller), { code: "cancelled" });
});

Deno.test("a body with pictures is sent without holding up the process or filling its memory", async () => {
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    async (request) => {
      for await (const _ of request.body!);
      return Response.json({});
    },
  );
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", SENDER, `http://127.0.0.1:${server.addr.port}`],
    stderr: "inherit",
  }).output();
  const { asText, collected, sent, grown } = JSON.parse(new TextDecoder().decode(stdout));
  assert.ok(sent < asText / 2, `sending held it up for ${sent} ms, a text for ${asText}`);
  assert.ok(collected < asText / 2, `collecting held it up for ${collected} ms, not ${asText}`);
  const isBounded = grown === undefined || grown < 50_000_000;
  assert.ok(isBounded, `60 MB of pictures took ${grown} bytes more`);
});

const SENDER = fileURLToPath(new URL("./send_pictures.ts", import.meta.url));

async function sendLarge(endpoint: string, { signal }: AbortController): Promise<void> {
  const client = createVendorClient({ title: "Vendor", endpoint, secrets: [], pause: 1 });
  await client.send({
    url: endpoint,
    json: { image: randomBytes(20_000_000) },
    signal,
    repeat: "if nothing happened",
    failure: () => undefined,
  });
}

/** Reads the beginning of what is sent, and no more of it. */
function startListener(onBeginning: (connection: Deno.Conn) => void) {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const connections: Deno.Conn[] = [];
  const over = (async () => {
    for await (const connection of listener) {
      connections.push(connection);
      await connection.read(new Uint8Array(100_000));
      onBeginning(connection);
    }
  })();
  return {
    url: `http://127.0.0.1:${listener.addr.port}`,
    async [Symbol.asyncDispose]() {
      listener.close();
      await over.catch(() => {}); // a listener that is closed while it waits
      for (const connection of connections) {
        try {
          connection.close();
        } catch {
          // closed already
        }
      }
    },
  };
}

function imageOf(bytes: Uint8Array<ArrayBuffer>): InputImage {
  return {
    bytes,
    hash: "",
    role: "base",
    mediaType: "image/png",
    width: 1,
    height: 1,
    sizeBytes: bytes.length,
  };
}
