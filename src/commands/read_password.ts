/** A password from a person who types it, or from a program that pipes it in. */

/** What of stdin is needed. */
export interface PasswordInput {
  isTerminal(): boolean;
  setRaw(raw: boolean): void;
  read(bytes: Uint8Array): Promise<number | null>;
}

/** Asked for on `write`, and read without showing a letter of it; undefined where the person gives up. */
export async function readPassword(
  input: PasswordInput,
  question: string,
  write: (text: string) => void,
): Promise<string | undefined> {
  if (!input.isTerminal()) return await firstLine(input);
  write(question);
  input.setRaw(true);
  try {
    return await typedLine(input);
  } finally {
    input.setRaw(false);
    write("\n");
  }
}

/** What a program sends up to the first line end, or to its end. */
async function firstLine(input: PasswordInput): Promise<string> {
  const decoder = new TextDecoder();
  const bytes = new Uint8Array(1024);
  let text = "";
  while (!text.includes("\n") && text.length <= LONGEST) {
    const length = await input.read(bytes);
    if (length === null) break;
    text += decoder.decode(bytes.subarray(0, length), { stream: true });
  }
  return text.split("\n", 1)[0]!.replace(/\r$/, "");
}

/** Nothing does the work of the terminal meanwhile: taking a letter back, and giving up. */
async function typedLine(input: PasswordInput): Promise<string | undefined> {
  const decoder = new TextDecoder();
  const bytes = new Uint8Array(256);
  const letters: string[] = [];
  while (true) {
    const length = await input.read(bytes);
    if (length === null) return undefined;
    for (const letter of decoder.decode(bytes.subarray(0, length), { stream: true })) {
      if (letter === "\r" || letter === "\n") return letters.join("");
      if (letter === CTRL_C || letter === CTRL_D) return undefined;
      if (letter === "\u007f" || letter === "\b") letters.pop();
      else if (letters.length < LONGEST) letters.push(letter);
    }
  }
}

const CTRL_C = "\u0003";
const CTRL_D = "\u0004";
/** In characters. */
const LONGEST = 1000;
