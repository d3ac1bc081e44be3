/**
 * Engines that draw on this machine without a key: looked for on loopback alone, and told by what
 * they answer.
 */

import { parsedJson } from "../json.ts";
import { readBody } from "./read_body.ts";
import type { LocalEngine, Look, LookAnswer, RecognisedEngine } from "./provider.ts";
import { fetchAt } from "./vendor_fetch.ts";

/** An engine and the provider that draws with it. */
export interface EngineOfProvider {
  readonly provider: string;
  readonly engine: LocalEngine;
}

/** A place that a person named: the engine, and its address on this machine. */
export interface EnginePlace {
  readonly name: string;
  readonly url: string;
}

/** What a look at this machine brought. */
export interface EnginesFound {
  /** The engine that each provider draws with, by the provider's name. */
  readonly engines: ReadonlyMap<string, EngineSettings>;
  /** What was found and what is lacking, as sentences. */
  readonly sentences: readonly string[];
  /** Of those, what a person can do to have real pictures. */
  readonly advice: readonly string[];
}

/** What opens a provider with an engine that was found. */
export interface EngineSettings {
  readonly url: string;
  readonly settings: Readonly<Record<string, string>>;
}

/** In milliseconds, for everything that is asked at the usual ports. */
const LOOK_TIME = 250;
/** In milliseconds, where a person said that an engine is there. */
const NAMED_LOOK_TIME = 2_000;
/** In bytes: what an engine says of itself. */
const LONGEST_ANSWER = 1_048_576;

/**
 * Looks at `places`, or at the usual ports of 127.0.0.1, and asks who is there; takes a quarter of a
 * second at most, or two where the places are named. Several may draw with one provider: the first
 * of `engines` counts.
 */
export async function findLocalEngines(
  engines: readonly EngineOfProvider[],
  places: readonly EnginePlace[] | undefined,
): Promise<EnginesFound> {
  const candidates = engines.flatMap(({ provider, engine }) =>
    urlsFor(engine, places).map((url) => ({ provider, engine, url }))
  );
  const forbidden = [...new Set(candidates.map(({ url }) => url))].filter((url) => !mayReach(url));
  const allowed = candidates.filter(({ url }) => !forbidden.includes(url));
  const found = await recogniseAll(allowed, places ? NAMED_LOOK_TIME : LOOK_TIME);
  return reportOf(found, { places, forbidden });
}

interface Candidate extends EngineOfProvider {
  readonly url: string;
}

interface Found extends Candidate {
  readonly recognised: RecognisedEngine;
}

/** Those that are what they may be, in their order; whoever has not answered in `time` is not. */
async function recogniseAll(
  candidates: readonly Candidate[],
  time: number,
): Promise<readonly Found[]> {
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), time);
  const lookAt = createLooks(deadline.signal);
  try {
    const found = await Promise.all(candidates.map(async (candidate) => {
      const recognising = candidate.engine.recognise(lookAt(candidate.url));
      const recognised = await beforeAbort(recognising, deadline.signal);
      return recognised ? [{ ...candidate, recognised }] : [];
    }));
    return found.flat();
  } finally {
    clearTimeout(timer);
    deadline.abort();
  }
}

function urlsFor(
  { name, ports }: LocalEngine,
  places: readonly EnginePlace[] | undefined,
): readonly string[] {
  if (!places) return ports.map((port) => `http://127.0.0.1:${port}`);
  return places.filter((place) => place.name === name).map(({ url }) => url);
}

/** A process that may not go there must not even ask the person at its terminal. */
function mayReach(url: string): boolean {
  const { host } = new URL(url);
  return Deno.permissions.querySync({ name: "net", host }).state === "granted";
}

/** What answers at each address; the same is asked once, however many engines want to know it. */
function createLooks(signal: AbortSignal): (url: string) => Look {
  const answers = new Map<string, Promise<LookAnswer | undefined>>();
  return (url) => ({
    url,
    get: (path) => answers.getOrInsertComputed(url + path, () => ask(url, path, signal)),
  });
}

async function ask(
  url: string,
  path: string,
  signal: AbortSignal,
): Promise<LookAnswer | undefined> {
  try {
    const response = await fetchAt(url)(url + path, { signal, redirect: "manual" });
    const bytes = await readBody(response, { title: url, limit: LONGEST_ANSWER });
    const { status, headers } = response;
    return { status, headers, json: parsedJson(new TextDecoder().decode(bytes)) };
  } catch {
    return undefined; // nobody there, or nobody this is for
  }
}

/** What comes of it; undefined where that is an error, or `signal` aborts before. */
async function beforeAbort(
  recognising: Promise<RecognisedEngine | undefined>,
  signal: AbortSignal,
): Promise<RecognisedEngine | undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  signal.addEventListener("abort", () => resolve(undefined), { once: true });
  return await Promise.race([recognising.catch(() => undefined), promise]);
}

function reportOf(
  found: readonly Found[],
  { places, forbidden }: {
    readonly places: readonly EnginePlace[] | undefined;
    readonly forbidden: readonly string[];
  },
): EnginesFound {
  const engines = new Map<string, EngineSettings>();
  const sentences: string[] = [];
  const advice: string[] = [];
  for (const { provider, url, recognised: { title, settings, advice: what } } of found) {
    if (!settings) {
      const sentence = `${title} at ${url} cannot draw as it is: ${what}`;
      sentences.push(sentence);
      advice.push(sentence);
    } else if (engines.has(provider)) {
      sentences.push(`${title} at ${url} is there, too`);
    } else {
      engines.set(provider, { url, settings });
      sentences.push(`${title} at ${url} draws as '${provider}'`);
    }
  }
  if (sentences.length === 0) sentences.push(nothingFound(places));
  if (forbidden.length > 0) sentences.push(notAllowed(forbidden));
  return { engines, sentences, advice };
}

function nothingFound(places: readonly EnginePlace[] | undefined): string {
  const where = places?.map(({ name, url }) => `${name} at ${url}`).join(", ");
  return where
    ? `No engine answered where MCP_LOCAL_ENGINES says: ${where}`
    : "No engine answered on this machine";
}

function notAllowed(urls: readonly string[]): string {
  const hosts = urls.map((url) => new URL(url).host).join(",");
  return `This process may not look for engines on this machine: that needs --allow-net=${hosts}`;
}
