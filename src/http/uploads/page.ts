/** The pages that a person sees at an upload link, as HTML without code in it. */

import { escapeHtml } from "../../manual/html.ts";
import { type Language, LANGUAGES, type Problem, PROBLEMS, TEXTS, type Texts } from "./texts.ts";

export interface PageOptions {
  readonly language: Language;
  /** Bytes that a picture may have. */
  readonly largest: number;
  /** Minutes, begun ones included, for which the link still works. */
  readonly minutes: number;
}

/** The page that takes a picture; it works without its script, too. */
export function uploadPage({ language, largest, minutes }: PageOptions): string {
  const texts = TEXTS[language];
  return page(
    language,
    `<form id="form" method="post" enctype="multipart/form-data" data-largest="${largest}">
<p>${escapeHtml(texts.introduction(minutes))}</p>
<div id="drop">
<p class="wide needs-script">${texts.drop}</p>
<div class="choices">
<label class="button">${texts.choose}<input id="file" name="file" type="file" accept="${READ}"></label>
<label class="button quiet touch">${texts.camera}<input id="camera" name="camera" type="file" accept="image/*" capture="environment"></label>
<button id="paste" class="quiet needs-script" type="button" hidden>${texts.paste}</button>
<button class="without-script" type="submit">${texts.send}</button>
</div>
</div>
<div id="chosen" hidden>
<img id="view" alt="${texts.preview}">
<div class="actions">
<button id="send" type="button">${texts.send}</button>
<button id="other" class="quiet" type="button">${texts.other}</button>
</div>
<progress id="progress" max="1" value="0" aria-label="${texts.sending}" hidden></progress>
</div>
</form>
<p id="status" role="status"></p>
<div id="received" hidden><p id="what"></p><p class="middle">${texts.goOn}</p></div>
<div hidden>
${messagesOf(texts).join("\n")}
</div>
<script src="page.js"></script>`,
  );
}

/** The page after a picture came without the script. */
export function receivedPage(
  language: Language,
  { width, height }: { readonly width: number; readonly height: number },
): string {
  const { received, goOn } = TEXTS[language];
  return page(
    language,
    `<p class="good" role="status">${received} ${width} × ${height}</p><p>${goOn}</p>`,
  );
}

/** The page where no picture can come; `more` tells what is wrong with the one that came. */
export function problemPage(language: Language, problem: Problem, more = ""): string {
  const again = MAY_TRY_AGAIN.has(problem) ? `<p><a href="?lang=${language}">↺</a></p>` : "";
  return page(
    language,
    `<p class="${problem === "used" ? "" : "bad"}" role="alert">${
      TEXTS[language].problems[problem]
    } ${escapeHtml(more)}</p>${again}`,
  );
}

const MAY_TRY_AGAIN: ReadonlySet<Problem> = new Set(["none", "picture", "large", "slow", "busy"]);

/** What the script may say, by its id. */
function messagesOf(texts: Texts): readonly string[] {
  const message = (name: string, kind: string, text: string) =>
    `<span id="say-${name}" data-kind="${kind}">${escapeHtml(text)}</span>`;
  const problems = (Object.keys(PROBLEMS) as Problem[])
    .map((problem) => message(problem, "bad", texts.problems[problem]));
  return [
    message("ready", "", texts.ready),
    message("sending", "", texts.sending),
    message("received", "good", texts.received),
    message("nothing", "bad", texts.nothing),
    message("network", "bad", texts.network),
    message("other", "bad", texts.fault),
    ...problems,
  ];
}

function page(language: Language, body: string): string {
  const { title } = TEXTS[language];
  const links = LANGUAGES.filter((each) => each !== language)
    .map((each) => `<a href="?lang=${each}" hreflang="${each}" lang="${each}">${NAMES[each]}</a>`);
  return `<!DOCTYPE html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title} · mcp-image-server</title>
<link rel="stylesheet" href="page.css">
<link rel="icon" href="data:,">
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
/** Named one by one, a phone makes a JPEG of what it keeps as HEIC. */
const READ = "image/png,image/jpeg,image/webp,image/gif,image/bmp";
