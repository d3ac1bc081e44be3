/**
 * A real identity provider (oidc-provider) in a process of its own: it registers clients that it
 * never saw, lets anybody sign in under any name, and gives access tokens for known resources alone.
 */

import { until } from "./wait.ts";

export interface IdentityProvider extends AsyncDisposable {
  /** Its issuer identifier. */
  readonly issuer: string;
}

/** The client that it knows from the beginning; others get no more scopes than they registered for. */
export const KNOWN_CLIENT = "made-by-hand";

/** Starts it; `resources` are the addresses that tokens may be for. */
export async function startIdentityProvider(
  resources: readonly string[],
): Promise<IdentityProvider> {
  const program = new URL("./identity_provider_program.ts", import.meta.url).href;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", program, ...resources],
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream());
  let said = "";
  const reading = (async () => {
    for await (const text of lines) said += text;
  })();
  const [, issuer] = await until(
    "the identity provider listens",
    () => /^issuer (\S+)$/m.exec(said) ?? undefined,
    { seconds: LONGEST_START },
  );
  let isOver: Promise<void> | undefined;
  return {
    issuer: issuer!,
    async [Symbol.asyncDispose]() {
      isOver ??= (async () => {
        await child.stdin.close();
        await Promise.all([child.status, reading]);
      })();
      await isOver;
    },
  };
}

/**
 * A person with a browser: opens an address of the provider, signs in as `name`, agrees to what is
 * asked, and gives the address that the provider sends the browser back to.
 */
export async function signInAs(name: string, address: URL): Promise<URL> {
  const cookies = new Map<string, string>();
  let next: { readonly url: URL; readonly form?: URLSearchParams } = { url: address };
  for (let step = 0; step < MOST_STEPS; step++) {
    const cookie = [...cookies].map(([key, value]) => `${key}=${value}`).join("; ");
    const response = await fetch(next.url, {
      method: next.form ? "POST" : "GET",
      body: next.form,
      headers: { cookie },
      redirect: "manual",
    });
    for (const line of response.headers.getSetCookie()) {
      const [, key, value] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      cookies.set(key!, value!);
    }
    const page = await response.text();
    const location = response.headers.get("location");
    if (location !== null) {
      const url = new URL(location, next.url);
      if (url.host !== address.host) return url;
      next = { url };
      continue;
    }
    const [, action] = /<form[^>]* action="([^"]+)"/.exec(page) ?? [];
    const [, prompt] = /name="prompt" value="([^"]+)"/.exec(page) ?? [];
    if (action === undefined || prompt === undefined) throw new Error(`No form in: ${page}`);
    const form = new URLSearchParams({ prompt, login: name, password: "any" });
    next = { url: new URL(action, next.url), form };
  }
  throw new Error("The sign-in comes to no end");
}

const MOST_STEPS = 12;
/** A slow machine may take so long to start a program. */
const LONGEST_START = 60;
