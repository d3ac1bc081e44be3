/** Engines on this machine are told by what they answer, in little time, and nobody else is asked. */

import assert from "node:assert/strict";
import { findLocalEngines } from "../../src/providers/local_engines.ts";
import type { LocalEngine } from "../../src/providers/provider.ts";
import { LOCAL_ENGINES } from "../../src/providers/registry.ts";
import { closeVendorConnections, fetchAt } from "../../src/providers/vendor_fetch.ts";
import { CHAT, startLocalAI, startOther, startSdServer } from "../fakes/local_engines.ts";
import { startWebUi, type WebUiKind } from "../fakes/sdwebui.ts";

for (const kind of ["AUTOMATIC1111", "Forge", "SD.Next"] as const satisfies readonly WebUiKind[]) {
  Deno.test(`${kind} is recognised, and draws at its address`, async () => {
    await using fake = startWebUi({ kind, hasAuth: false });
    using _ = connections();
    const { engines, sentences, advice } = await findAt("sdwebui", fake.url);
    assert.deepEqual([...engines], [
      ["sdwebui", { url: fake.url, settings: { SDWEBUI_URL: fake.url } }],
    ]);
    assert.deepEqual(sentences, [`${kind} at ${fake.url} draws as 'sdwebui'`]);
    assert.deepEqual(advice, []);
    assert.equal(fake.requests.length, 0);
  });
}

for (
  const [what, options, tells] of [
    ["asks for a password", { hasAuth: true }, /SDWEBUI_USERNAME and SDWEBUI_PASSWORD/],
    ["runs without its API", { hasApi: false }, /start it with --api/],
    ["has no checkpoint", { hasAuth: false, checkpoints: [] }, /no checkpoint.*models folder/],
  ] as const
) {
  Deno.test(`a web UI that ${what} is told with what to do`, async () => {
    await using fake = startWebUi(options);
    using _ = connections();
    const { engines, advice } = await findAt("sdwebui", fake.url);
    assert.equal(engines.size, 0);
    assert.equal(advice.length, 1);
    assert.match(advice[0]!, tells);
    assert.ok(advice[0]!.includes(fake.url));
  });
}

Deno.test("LocalAI draws with the first of its models that can", async () => {
  await using fake = startLocalAI();
  using _ = connections();
  const { engines } = await findAt("localai", fake.url);
  assert.deepEqual(engines.get("openai")?.settings, {
    OPENAI_BASE_URL: `${fake.url}/v1`,
    OPENAI_MODEL: "flux.1-schnell",
  });
});

Deno.test("LocalAI without a model that draws is told with what to do", async () => {
  await using fake = startLocalAI([CHAT]);
  using _ = connections();
  const { engines, advice } = await findAt("localai", fake.url);
  assert.equal(engines.size, 0);
  assert.match(advice[0]!, /^LocalAI at http.* no model that draws/);
});

Deno.test("sd-server draws with the model that it was started with", async () => {
  await using fake = startSdServer();
  using _ = connections();
  const { engines } = await findAt("sd-server", fake.url);
  assert.equal(engines.get("openai")?.settings.OPENAI_MODEL, "z_image_turbo-Q4");
});

Deno.test("sd-server with a model of films is no place to draw", async () => {
  await using fake = startSdServer("vid_gen");
  using _ = connections();
  const { engines, advice } = await findAt("sd-server", fake.url);
  assert.equal(engines.size, 0);
  assert.match(advice[0]!, /its model draws no pictures/);
});

for (
  const [what, answer] of [
    ["answers everything with a page", () => new Response("<html>A shop</html>")],
    ["answers everything with an empty object", () => Response.json({})],
    ["has nothing at any path", () => Response.json({ detail: "Not Found" }, { status: 404 })],
    [
      "asks for a password in another way",
      () => new Response("no", { status: 401, headers: { "www-authenticate": "Basic" } }),
    ],
    ["leads elsewhere", () => Response.redirect("http://127.0.0.1:9/", 302)],
    ["answers without an end", () => new Response(endless())],
  ] as const
) {
  Deno.test(`a program that ${what} is no engine`, async () => {
    await using other = startOther(answer);
    using _ = connections();
    const places = LOCAL_ENGINES.map(({ engine: { name } }) => ({ name, url: other.url }));
    const { engines, advice, sentences } = await findLocalEngines(LOCAL_ENGINES, places);
    assert.equal(engines.size, 0);
    assert.deepEqual(advice, []);
    assert.match(sentences[0]!, /^No engine answered where MCP_LOCAL_ENGINES says: /);
  });
}

Deno.test("a look takes no more than 300 ms, though a port answers nothing", async () => {
  const gone = new AbortController();
  await using silent = startOther(({ signal }) =>
    new Promise((resolve) => {
      const end = () => resolve(new Response());
      signal.addEventListener("abort", end);
      gone.signal.addEventListener("abort", end);
    })
  );
  using _ = connections();
  const times: number[] = [];
  // A machine that does much else may be late with a timer.
  while (times.length < 10 && !times.some((time) => time < 300)) {
    const started = performance.now();
    const { engines, sentences } = await findLocalEngines(atPorts(silent.url), undefined);
    times.push(performance.now() - started);
    assert.equal(engines.size, 0);
    assert.deepEqual(sentences, ["No engine answered on this machine"]);
  }
  assert.ok(Math.min(...times) < 300, `${times} ms`);
  gone.abort();
});

Deno.test("the usual ports are asked of 127.0.0.1 alone", async () => {
  await using fake = startWebUi({ hasAuth: false });
  using _ = connections();
  const urls: string[] = [];
  const noting = atPorts(fake.url).map(({ provider, engine }) => ({
    provider,
    engine: {
      ...engine,
      recognise: (look: Parameters<LocalEngine["recognise"]>[0]) => {
        urls.push(look.url);
        return engine.recognise(look);
      },
    },
  }));
  const { engines } = await findLocalEngines(noting, undefined);
  assert.deepEqual([...engines.keys()], ["sdwebui"]);
  assert.deepEqual(new Set(urls), new Set([fake.url]));
});

Deno.test("what several engines want to know of one address is asked once", async () => {
  await using other = startOther(() => new Response("<html></html>"));
  using _ = connections();
  await findLocalEngines([...atPorts(other.url), ...atPorts(other.url)], undefined);
  assert.deepEqual(other.asked.length, new Set(other.asked).size);
});

Deno.test("of two engines for one provider the first draws, and the other is told", async () => {
  await using localAI = startLocalAI();
  await using sdServer = startSdServer();
  using _ = connections();
  const { engines, sentences } = await findLocalEngines(LOCAL_ENGINES, [
    { name: "sd-server", url: sdServer.url },
    { name: "localai", url: localAI.url },
  ]);
  assert.equal(engines.get("openai")?.url, localAI.url);
  assert.match(sentences[1]!, new RegExp(`^sd-server .* at ${sdServer.url} is there, too$`));
});

Deno.test("an engine is reached past the proxy of the environment, and nobody else is", async () => {
  await using engine = startOther(() => new Response("the engine"));
  await using elsewhere = startOther(() => new Response("elsewhere"));
  using _ = connections();
  const fetchThere = fetchAt(engine.url);
  assert.equal(await (await fetchThere(`${engine.url}/a`)).text(), "the engine");
  // Whatever address is asked for, the connection goes to the engine.
  assert.equal(await (await fetchThere(`${elsewhere.url}/b`)).text(), "the engine");
  assert.deepEqual(elsewhere.asked, []);
});

function findAt(name: string, url: string) {
  return findLocalEngines(LOCAL_ENGINES, [{ name, url }]);
}

/** Every engine as if the port of `url` were its usual one. */
function atPorts(url: string) {
  const ports = [Number(new URL(url).port)];
  return LOCAL_ENGINES.map(({ provider, engine }) => ({ provider, engine: { ...engine, ports } }));
}

/** The connections that a look opens are the process's, which ends them when it closes. */
function connections(): Disposable {
  return { [Symbol.dispose]: closeVendorConnections };
}

function endless(): ReadableStream<Uint8Array> {
  const chunk = new Uint8Array(65_536);
  return new ReadableStream({ pull: (controller) => controller.enqueue(chunk) });
}
