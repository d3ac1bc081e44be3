/** What the small OpenAI makes of the files that come with an edit, and what it refuses. */

import { checkImage } from "../../src/images/check.ts";
import { identifyImage } from "../../src/images/media_type.ts";
import type { SeenEdit } from "./editing_vendor.ts";

export interface Refusal {
  readonly status: number;
  readonly body: { readonly error: { readonly message: string } & Record<string, unknown> };
}

export function invalid(message: string, code: string | null, parameter: string | null): Refusal {
  const type = "invalid_request_error";
  return { status: 400, body: { error: { message, type, param: parameter, code } } };
}

/** What was understood of a form that `mistakeInEdit` found nothing wrong with. */
export async function editOf(form: FormData): Promise<SeenEdit> {
  const mask = form.get("mask");
  const images = await Promise.all(picturesOf(form).map(({ file }) => (file as File).bytes()));
  return {
    prompt: String(form.get("prompt")),
    images,
    ...(mask instanceof File ? { mask: await mask.bytes() } : {}),
  };
}

/** OpenAI's rules for files; of a compatible server only that there is one. */
export async function mistakeInEdit(
  form: FormData,
  isOpenAI: boolean,
): Promise<Refusal | undefined> {
  const pictures = picturesOf(form);
  if (pictures.length === 0) return invalid("Missing required parameter: 'image'.", null, "image");
  if (!isOpenAI) return undefined;
  if (form.has("image") && form.has("image[]")) return invalid("Duplicate.", null, "image");
  if (form.getAll("image").length > 1) {
    const message =
      "Duplicate parameter: 'image'. You provided multiple values for this parameter.";
    return invalid(message, "duplicate_parameter", "image");
  }
  if (pictures.length > 16) {
    const message = `Invalid 'image': too many items. Expected at most 16, got ${pictures.length}.`;
    return invalid(message, "array_above_max_length", "image");
  }
  for (const { name, file } of pictures) {
    const mistake = await mistakeInFile(name, file, TYPES, 50_000_000);
    if (mistake) return mistake;
  }
  return await mistakeInMask(form, pictures[0]!.file as File);
}

async function mistakeInMask(form: FormData, first: File): Promise<Refusal | undefined> {
  const [mask, ...more] = form.getAll("mask");
  if (mask === undefined) return undefined;
  if (more.length > 0) return invalid("Duplicate parameter: 'mask'.", null, "mask");
  const mistake = await mistakeInFile("mask", mask, ["image/png"], 4_000_000);
  if (mistake) return mistake;
  const bytes = await (mask as File).bytes();
  // The colour type: with alpha or not.
  if (bytes[25] !== 6) return invalid("Invalid image file or mode.", "invalid_image_file", "mask");
  const [own, base] = [identifyImage(bytes), identifyImage(await first.bytes())];
  if (own?.width !== base?.width || own?.height !== base?.height) {
    return invalid("The mask and the image must have the same size.", null, "mask");
  }
}

async function mistakeInFile(
  name: string,
  file: FormDataEntryValue,
  types: readonly string[],
  limit: number,
): Promise<Refusal | undefined> {
  if (typeof file === "string") {
    const message = `Invalid type for '${name}': expected a file, but got a string instead.`;
    return invalid(message, "invalid_type", name);
  }
  if (!types.includes(file.type)) {
    const message = `Invalid file '${name}': unsupported mimetype ('${file.type}').`;
    return invalid(message, "unsupported_file_mimetype", name);
  }
  if (file.size >= limit) {
    return invalid(`File '${name}' is too large.`, "file_too_large", name);
  }
  const bytes = await file.bytes();
  if (identifyImage(bytes)?.mediaType !== file.type || checkImage(bytes) !== undefined) {
    const message = `Invalid image file or mode for ${name}, please check your image file.`;
    return invalid(message, "invalid_image_file", null);
  }
}

/** One `image`, or each `image[]`, with the name that errors give it. */
function picturesOf(
  form: FormData,
): { readonly name: string; readonly file: FormDataEntryValue }[] {
  const listed = form.getAll("image[]").map((file, index) => ({ name: `image[${index}]`, file }));
  return [...form.getAll("image").map((file) => ({ name: "image", file })), ...listed];
}

const TYPES: readonly string[] = ["image/png", "image/jpeg", "image/webp"];
