/** An envelope as text, in as few words as say all of it. */

/** In characters; the whole stands in the structured content. */
const LONGEST_REVISED_PROMPT = 300;

type Fields = Readonly<Record<string, unknown>>;

/**
 * The envelope as JSON that a model reads: nothing that is null or said elsewhere in it, and never
 * the bytes of a picture. A failure is its code and its message.
 */
export function compactText({ version: _, error, warnings, ...fields }: Fields): string {
  if (error) {
    const { code, message } = error as Fields;
    return JSON.stringify({ ok: false, error: { code, message } });
  }
  const { images } = fields;
  return JSON.stringify(withoutNulls({
    ...fields,
    ...Array.isArray(images) && { images: images.map(compactImage) },
    ...Array.isArray(warnings) && warnings.length > 0 && { warnings },
  }));
}

/**
 * A path and an address end in the file's name and say its type; an id names the provider, which may
 * be its only model.
 */
function compactImage(
  { base64_data: _, size_bytes: _bytes, mime_type, file_name, model, provider, ...image }: Fields,
): Fields {
  const { id, local_path, url, revised_prompt } = image;
  const isPlaced = Boolean(local_path ?? url);
  return {
    ...image,
    ...!String(id).startsWith(`img_${provider}_`) && { provider },
    ...!isPlaced && { file_name, mime_type },
    ...model !== provider && { model },
    ...typeof revised_prompt === "string" && { revised_prompt: cut(revised_prompt) },
  };
}

function cut(text: string): string {
  return text.length > LONGEST_REVISED_PROMPT
    ? `${text.slice(0, LONGEST_REVISED_PROMPT - 1)}…`
    : text;
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).filter(([, member]) => (member ?? null) !== null);
  return Object.fromEntries(members.map(([name, member]) => [name, withoutNulls(member)]));
}
