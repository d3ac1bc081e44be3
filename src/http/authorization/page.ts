/** The pages on which a person lets a client in or not, as HTML without code in it. */

import type { AuthorizationRequest } from "../../authorization/authorization_request.ts";
import type { Client } from "../../authorization/clients.ts";
import { isLoopbackAddress, redirectHost } from "../../authorization/redirect_addresses.ts";
import { escapeHtml } from "../../manual/html.ts";
import { type Language, LANGUAGES } from "../uploads/texts.ts";
import { type Problem, TEXTS, type Texts } from "./texts.ts";

export interface PageContext {
  readonly language: Language;
  /** Of the request, so that the other language keeps them. */
  readonly parameters: URLSearchParams;
}

/** What stands in a form already, and why the last answer was none. */
export interface Filled {
  readonly problem?: Problem;
  readonly name?: string;
}

/** Who asks for what, and where to answer. */
export function consentPage(
  context: PageContext,
  request: AuthorizationRequest,
  filled: Filled = {},
): string {
  const texts = TEXTS[context.language];
  const { client, redirectAddress, scopes } = request;
  const lines = scopes.map((scope) => `<li>${escapeHtml(texts.scopes[scope])}</li>`);
  return page(
    context,
    `<p><strong>${escapeHtml(client.name)}</strong> ${escapeHtml(texts.asks)}</p>
<dl>
${originOf(client, texts)}
<dt>${texts.goesTo}</dt><dd>${placeOf(redirectAddress, texts)}</dd>
</dl>
${client.redirectAddresses.every(isLoopbackAddress) ? `<p class="note">${texts.onlyHere}</p>` : ""}
<p>${texts.may}</p>
<ul>${lines.join("\n")}</ul>
${personForm(texts, filled, [["allow", texts.allow], ["deny", texts.deny]])}`,
  );
}

/** Where somebody signs in to the page of pictures. */
export function signInPage(
  context: PageContext,
  { filled = {}, hasToken }: { readonly filled?: Filled; readonly hasToken: boolean },
): string {
  const texts = TEXTS[context.language];
  const other = hasToken ? `<p><a href="./?token">${texts.withToken}</a></p>` : "";
  return page(
    context,
    `<p>${texts.enterWhere}</p>
${personForm(texts, filled, [["enter", texts.enter]])}${other}`,
    { title: texts.enter },
  );
}

/** Without an action it goes to this very address, whose parameters are the client's request. */
function personForm(
  texts: Texts,
  { problem, name = "" }: Filled,
  [first, ...others]: readonly (readonly [decision: string, words: string])[],
): string {
  const [decision, words] = first!;
  const buttons = others.map(([decision, words]) =>
    `<button name="decision" value="${decision}" class="quiet" formnovalidate>${words}</button>`
  );
  return `<form method="post">
${problem ? `<p class="bad" role="alert">${texts.problems[problem]}</p>` : ""}
<label>${texts.name}<input name="name" value="${
    escapeHtml(name)
  }" autocomplete="username" autocapitalize="none" spellcheck="false" required maxlength="64"></label>
<label>${texts.password}<input name="password" type="password" autocomplete="current-password" required maxlength="1000"></label>
<div class="actions">
<button name="decision" value="${decision}">${words}</button>
${buttons.join("\n")}
</div>
</form>`;
}

/** Sends the browser on, not as the answer to a form: a policy that lets forms go here alone stays whole. */
export function onwardPage(context: PageContext, redirect: string): string {
  const texts = TEXTS[context.language];
  const place = placeOf(redirect, texts);
  return page(
    context,
    `<p role="status"><a href="${escapeHtml(redirect)}">${texts.goOnTo} ${place}</a></p>
<p>${texts.goOn}</p>`,
    { head: `<meta http-equiv="refresh" content="0;url=${escapeHtml(redirect)}">` },
  );
}

/**
 * A mistake of the client's; `more` is for whoever wrote it, in English. `redirect` is where it hears of
 * it, once the person wants that: nobody is sent anywhere by a link alone.
 */
export function problemPage(
  context: PageContext,
  problem: Problem,
  more: string,
  redirect?: string,
): string {
  const texts = TEXTS[context.language];
  const link = redirect === undefined
    ? ""
    : `<p><a href="${escapeHtml(redirect)}">${texts.back} (${placeOf(redirect, texts)})</a></p>`;
  return page(
    context,
    `<p class="bad" role="alert">${texts.problems[problem]}</p>
<p lang="en">${escapeHtml(more)}</p>${link}`,
  );
}

/** What a client says who it is, and where: at an address that is its own, or nowhere. */
function originOf({ id, name }: Client, texts: Texts): string {
  const isAtAddress = id.startsWith("https:");
  const doubt = isAtAddress ? "" : `<br>${texts.unchecked}`;
  const place = isAtAddress
    ? `<dt>${texts.documentAt}</dt><dd>${escapeHtml(new URL(id).host)}</dd>`
    : "";
  return `<dt>${texts.client}</dt><dd>${escapeHtml(name)}${doubt}</dd>${place}`;
}

function placeOf(redirect: string, texts: Texts): string {
  const host = `<b>${escapeHtml(redirectHost(redirect))}</b>`;
  const isHere = isLoopbackAddress(redirect) || !/^https?:/i.test(redirect);
  return isHere ? `${host} (${texts.thisComputer})` : host;
}

function page(
  { language, parameters }: PageContext,
  body: string,
  { title = TEXTS[language].title, head = "" }: {
    readonly title?: string;
    readonly head?: string;
  } = {},
): string {
  const links = LANGUAGES.filter((each) => each !== language).map((each) => {
    const others = new URLSearchParams(parameters);
    others.set("lang", each);
    return `<a href="?${escapeHtml(others.toString())}" hreflang="${each}" lang="${each}">${
      NAMES[each]
    }</a>`;
  });
  return `<!DOCTYPE html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title} · mcp-image-server</title>
<link rel="stylesheet" href="authorize/page.css">
<link rel="icon" href="data:,">
${head}
</head>
<body>
<main>
<h1>${title}</h1>
${body}
<footer>mcp-image-server · ${links.join(" · ")}</footer>
</main>
</body>
</html>
`;
}

const NAMES: Readonly<Record<Language, string>> = { en: "English", zh: "中文" };
