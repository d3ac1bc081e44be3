/** Showing who one is, in each way that this server takes. */

import { useState } from "preact/hooks";
import { messageOf } from "./message_of.ts";
import { signIn } from "./server.ts";
import { otherLanguage, texts } from "./texts.ts";

/** As `src/http/page/document.ts` writes them. */
interface WaysIn {
  readonly hasToken: boolean;
  readonly hasKey: boolean;
  readonly hasPassword: boolean;
  readonly issuers: readonly string[];
}

export function SignIn({ onEntered }: { onEntered: () => void }) {
  const [problem, setProblem] = useState("");
  const submit = async (event: Event) => {
    event.preventDefault();
    const token = new FormData(event.currentTarget as HTMLFormElement).get("token");
    await signIn(String(token)).then(onEntered, (error) => setProblem(messageOf(error)));
  };
  const waysIn = readWaysIn();
  const taken = kindsOf(waysIn);
  const [label] = taken.length === 1 ? taken[0]! : [texts.anyToken];
  return (
    <main class="sign-in">
      <h1>{texts.signInTitle}</h1>
      {waysIn.hasPassword && (
        <p>
          <a class="button" href="sign_in">{texts.withPassword}</a>
        </p>
      )}
      {taken.length > 0 && (
        <form onSubmit={submit}>
          <label>
            {label}
            <input
              name="token"
              type="password"
              autocomplete="current-password"
              required
              autofocus
            />
          </label>
          {taken.length === 1 ? <p class="quiet">{taken[0]![1]}</p> : (
            <dl class="quiet">
              {taken.map(([name, words]) => (
                <div key={name}>
                  <dt>{name}</dt>
                  <dd>{words}</dd>
                </div>
              ))}
            </dl>
          )}
          <button type="submit" class="main">{texts.signIn}</button>
          <p role="alert" class="bad">{problem}</p>
        </form>
      )}
      <p>
        <a href={`?token&lang=${otherLanguage}`} lang={otherLanguage}>{texts.language}</a>
      </p>
    </main>
  );
}

/** What may be typed: what it is called, and where a person finds it. */
function kindsOf({ hasToken, hasKey, issuers }: WaysIn): (readonly [string, string])[] {
  return [
    ...hasToken ? [[texts.token, texts.tokenHelp] as const] : [],
    ...hasKey ? [[texts.key, texts.keyHelp] as const] : [],
    ...issuers.map((issuer) => [texts.accessToken, texts.accessTokenHelp(issuer)] as const),
  ];
}

function readWaysIn(): WaysIn {
  return JSON.parse(document.getElementById("page")!.dataset.waysIn!);
}
