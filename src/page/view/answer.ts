/** What a tool answered, read with care: hosts leave out parts of it, and models see others. */

/** Nothing of it is certain. */
export interface ToolResult {
  readonly content?: readonly Readonly<Record<string, unknown>>[];
  readonly structuredContent?: Readonly<Record<string, unknown>>;
  readonly isError?: boolean;
}

export interface Picture {
  readonly id: string;
  /** What it shows, in words. */
  readonly about: string;
  /** Beside the words: what it differs by in a comparison, model, size, seed. */
  readonly facts: string;
  /** As a `data:` address, where it has come already. */
  readonly source?: string;
  /** Whether that is as much of it as any answer holds. */
  readonly isLarge: boolean;
  readonly url?: string;
  readonly path?: string;
  readonly fileName: string;
  readonly mediaType: string;
}

export interface Answer {
  readonly pictures: readonly Picture[];
  /** Work that is not done yet. */
  readonly jobs: readonly Job[];
  /** Sentences that people should read. */
  readonly notes: readonly string[];
  readonly error?: { readonly code: string; readonly message: string };
  /** Where the next page of a search begins. */
  readonly cursor?: string;
}

export interface Job {
  readonly id: string;
  readonly message: string;
}

/** `about` is said of pictures that tell nothing of themselves, such as the prompt of the call. */
export function readAnswer(result: ToolResult, about = ""): Answer {
  const blocks = listOf(result.content);
  const envelope = result.structuredContent ?? parsed(blocks[0]?.text);
  const compared = listOf(envelope.compared);
  const labels = new Map(compared.map(({ image, label }) => [image, textOf(label)]));
  const sheet = objectOf(envelope.sheet);
  const entries = [...sheet.id ? [sheet] : [], ...listOf(envelope.images)]
    .filter(({ id }) => textOf(id) !== "");
  const looks = looksOf(entries, blocks, sheet.id !== undefined);
  const error = objectOf(envelope.error);
  const job = objectOf(envelope.job);
  const isFailed = envelope.error ? true : result.isError === true;
  return {
    pictures: entries.map((entry, index) =>
      pictureOf(entry, { about, label: labels.get(entry.id), look: looks[index] })
    ),
    jobs: [job, ...compared.map(({ job, label }) => ({ id: job, message: label }))]
      .filter(({ id }) => textOf(id) !== "")
      .map(({ id, message }) => ({ id: textOf(id), message: textOf(message) })),
    notes: [
      ...compared.flatMap(({ label, error }) =>
        error ? [`${textOf(label)}: ${textOf(objectOf(error).message)}`] : []
      ),
      ...textsOf(envelope.warnings),
    ],
    ...isFailed && {
      error: {
        code: textOf(error.code),
        message: textOf(error.message) || textOf(blocks[0]?.text),
      },
    },
    ...textOf(envelope.next_cursor) !== "" && { cursor: textOf(envelope.next_cursor) },
  };
}

/** The address of a picture's bytes; undefined for what is none that a browser shows. */
export function dataAddress(mediaType: unknown, base64: unknown): string | undefined {
  if (typeof mediaType !== "string" || typeof base64 !== "string") return undefined;
  if (!/^image\/(png|jpeg|webp|gif|avif)$/.test(mediaType) || base64 === "") return undefined;
  return `data:${mediaType};base64,${base64}`;
}

/** The first picture among the blocks of an answer. */
export function sourceIn({ content }: ToolResult): string | undefined {
  const block = listOf(content).find(({ type }) => type === "image");
  return block && dataAddress(block.mimeType, block.data);
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * The pictures among the blocks, by the place of their entries. A block that is less than its picture
 * is followed by a link to it, and a link alone stands for a picture that is not there. Where all
 * links were left out, blocks say whose they are by their number alone.
 */
function looksOf(
  entries: readonly Fields[],
  blocks: readonly Fields[],
  hasSheet: boolean,
): readonly Look[] {
  const shown = blocks.filter(({ type }) => type === "image" || type === "resource_link");
  const images = shown.filter(({ type }) => type === "image");
  const isSearch = entries[0]?.made_at !== undefined;
  const usual = hasSheet ? 1 : isSearch ? Math.min(entries.length, MOST_SEARCHED) : entries.length;
  if (shown.length === images.length && images.length !== usual) return [];
  let at = 0;
  return entries.map(({ id }) => {
    const image = shown[at]?.type === "image" ? shown[at++] : undefined;
    const isPreview = shown[at]?.uri === `image://${id}`;
    if (isPreview) at++;
    const source = image && dataAddress(image.mimeType, image.data);
    return { source, isLarge: !isSearch && (!isPreview || hasSheet || entries.length === 1) };
  });
}

interface Look {
  readonly source: string | undefined;
  readonly isLarge: boolean;
}

/** Pictures that a search shows beside its rows. */
const MOST_SEARCHED = 4;

function pictureOf(
  entry: Fields,
  { about, label, look }: {
    readonly about: string;
    readonly label?: string;
    readonly look?: Look;
  },
): Picture {
  const { title, prompt, width, height, model, provider, seed } = entry;
  const id = textOf(entry.id);
  const size = typeof width === "number" && typeof height === "number"
    ? `${width}x${height}`
    : textOf(entry.size);
  const facts = [
    label,
    textOf(model) || textOf(provider),
    size.replace("x", `${UNBROKEN}×${UNBROKEN}`),
    typeof seed === "number" ? `seed ${seed}` : "",
  ];
  return {
    id,
    about: textOf(title) || textOf(prompt) || textOf(entry.revised_prompt) || about || id,
    facts: [...new Set(facts.filter(Boolean))].join(" · "),
    source: look?.source,
    isLarge: look?.source !== undefined && look.isLarge,
    url: /^https?:/.test(textOf(entry.url)) ? textOf(entry.url) : undefined,
    path: textOf(entry.local_path) || undefined,
    fileName: textOf(entry.file_name) || id,
    mediaType: textOf(entry.mime_type) || "image/png",
  };
}

function parsed(text: unknown): Fields {
  try {
    return objectOf(JSON.parse(textOf(text)));
  } catch {
    return {};
  }
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
}

function objectOf(value: unknown): Fields {
  return typeof value === "object" && value !== null ? value as Fields : {};
}

function listOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.map(objectOf) : [];
}

/** A space at which no line ends. */
const UNBROKEN = "\u00a0";
