/** Which providers are on, and whether their vendors can be reached. */

import type { App } from "../../app.ts";
import type { Runtime } from "../../config/env_files.ts";
import { messageOf } from "../../errors.ts";
import type { ProviderDefinition } from "../../providers/provider.ts";
import type { Finding } from "./finding.ts";

/** Milliseconds a vendor's front door may take to answer. */
const REACH_TIMEOUT = 10_000;

export interface ReachOptions {
  readonly offline: boolean;
  readonly environment: Runtime["environment"];
  readonly fetch?: typeof fetch;
}

/** One finding per provider; the vendor's address is asked for nothing that costs. */
export async function checkProviders(
  app: App,
  options: ReachOptions,
): Promise<readonly Finding[]> {
  if (!options.offline) await app.lookForEngines();
  const { definitions, on, off, found } = app.configuration.providers;
  const findings = await Promise.all(definitions.map(async (definition): Promise<Finding> => {
    const { name } = definition;
    const provider = on.get(name);
    if (!provider) {
      const message = `needs ${off.get(name)?.join(", ")}${unreadable(definition)}`;
      return { check: name, state: "off", message };
    }
    const { endpoint, furtherEndpoints = [], models } = provider;
    const engine = found?.engines.get(name);
    if (engine) return { check: name, state: "ok", message: `found at ${engine.url}` };
    const configured = `configured, model ${models[0] ?? "of the vendor's choice"}`;
    if (!endpoint) return { check: name, state: "ok", message: `${configured}, needs no network` };
    if (options.offline) {
      return {
        check: name,
        state: "skipped",
        message: `${configured}; not reached for: --offline`,
      };
    }
    const addresses = [endpoint, ...furtherEndpoints];
    const troubles = await Promise.all(addresses.map((each) => whyUnreachable(each, options)));
    const reasons = troubles.filter((trouble) => trouble !== undefined);
    const hosts = addresses.map(hostOf).join(" and ");
    return reasons.length > 0
      ? { check: name, state: "broken", message: `${configured}; ${reasons.join("; ")}` }
      : {
        check: name,
        state: "ok",
        message: `${configured}; ${hosts} ${addresses.length === 1 ? "answers" : "answer"}`,
      };
  }));
  const engines = (found?.sentences ?? []).map((message): Finding => ({
    check: "local engines",
    state: "note",
    message,
  }));
  return [...findings, ...engines, ...on.size > 0 ? [] : [NONE]];
}

const NONE: Finding = {
  check: "providers",
  state: "broken",
  message: "None is on, so no picture can be made: set what one of them needs",
};

/** A key that is set is of no use to a process that may not see it. */
function unreadable({ variables }: ProviderDefinition): string {
  const names = Object.keys(variables).filter((variable) =>
    Deno.permissions.querySync({ name: "env", variable }).state !== "granted"
  );
  if (names.length === 0) return "";
  return `; this process may not read its variables: start it with --allow-env=${names.join(",")}`;
}

/** Why no HTTP answer comes from an address, as a sentence; undefined when one does, whatever it says. */
export async function whyUnreachable(
  endpoint: string,
  { environment, fetch = globalThis.fetch }: Pick<ReachOptions, "environment" | "fetch">,
): Promise<string | undefined> {
  const signal = AbortSignal.timeout(REACH_TIMEOUT);
  const proxy = proxyFor(endpoint, environment);
  const way = proxy ? ` through ${proxy}` : "";
  try {
    const response = await fetch(endpoint, { method: "HEAD", redirect: "manual", signal });
    await response.body?.cancel();
    if (response.status !== 407) return undefined;
    return `cannot reach ${hostOf(endpoint)}${way}: the proxy wants a name and password`;
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) {
      return `this process may not reach it: start it with --allow-net=${hostOf(endpoint)}`;
    }
    const reason = reasonOf(error);
    const advice = proxy ? "check that variable and NO_PROXY" : adviceFor(reason);
    return `cannot reach ${hostOf(endpoint)}${way}: ${reason}; ${advice}`;
  }
}

/** "HTTPS_PROXY (proxy.example:3128)", or undefined where the address is reached directly. */
function proxyFor(
  endpoint: string,
  environment: Runtime["environment"],
): string | undefined {
  const { protocol, hostname } = new URL(endpoint);
  const exceptions = environment("NO_PROXY") ?? environment("no_proxy") ?? "";
  const isException = exceptions.split(",").map((part) => part.trim().replace(/^\*?\./, ""))
    .some((part) => part === "*" || part !== "" && `.${hostname}`.endsWith(`.${part}`));
  if (isException) return undefined;
  const names = protocol === "https:"
    ? ["HTTPS_PROXY", "https_proxy"]
    : ["HTTP_PROXY", "http_proxy"];
  const name = [...names, "ALL_PROXY", "all_proxy"].find((name) => environment(name));
  if (!name) return undefined;
  const url = URL.parse(environment(name)!);
  return url?.host ? `${name} (${url.host})` : `${name}, which holds no address`;
}

function reasonOf(error: unknown): string {
  const words = error instanceof Error && error.cause
    ? `${error.message}: ${messageOf(error.cause)}`
    : messageOf(error);
  const known = REASONS.find(({ sign }) => sign.test(words));
  return known?.reason ?? words;
}

function adviceFor(reason: string): string {
  return REASONS.find((known) => known.reason === reason)?.advice ?? "check the network";
}

// In order: a refused proxy tunnel also says "connect".
const REASONS: readonly {
  readonly sign: RegExp;
  readonly reason: string;
  readonly advice: string;
}[] = [
  {
    sign: /tunnel|proxy/i,
    reason: "the proxy refuses to connect there",
    advice: "check the proxy",
  },
  {
    sign: /dns error|lookup address/i,
    reason: "DNS does not know the name",
    advice: "check the address, the DNS server, or set HTTPS_PROXY",
  },
  {
    sign: /certificate|InvalidContentType|corrupt message|handshake|tls/i,
    reason: "TLS fails, its certificate is not trusted or something on the way breaks it",
    advice: "trust your company's certificate with DENO_CERT or DENO_TLS_CA_STORE=system",
  },
  {
    sign: /refused/i,
    reason: "the connection is refused",
    advice: "check the address and port",
  },
  {
    sign: /timed? ?out/i,
    reason: `no answer within ${REACH_TIMEOUT / 1000} s`,
    advice: "check the firewall, or set HTTPS_PROXY",
  },
];

function hostOf(address: string): string {
  return new URL(address).host;
}
