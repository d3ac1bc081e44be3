/** `edit`: a picture changed as words say, its path on stdout. */

import { ImageError } from "../errors.ts";
import type { NamedPictures } from "../service/image_service.ts";
import type { CommandContext } from "./context.ts";
import { argumentsOf, copyPlaceOf, numberOf, runForPictures } from "./generate.ts";
import { Shell } from "./generate/shell.ts";
import { variablesIn } from "./generate/variables.ts";
import { namedPicture, recordedPicture } from "./named_picture.ts";

/** The last word is the prompt; the first picture is changed, the others are examples. */
export async function runEdit(context: CommandContext): Promise<number> {
  const { flags, words, runtime } = context;
  return await runForPictures(context, async (app, held) => {
    const shell = held.use(new Shell(app, context));
    shell.waitAtMost(numberOf(flags.wait));
    if (flags.resume !== undefined) return await shell.resume(flags.resume);
    // The prompt is the template's, where one is named.
    const prompts = flags.template === undefined ? 1 : 0;
    const pictures = await Promise.all(
      words.slice(0, words.length - prompts).map((word) =>
        recordedPicture(word, runtime.workingDirectory, app)
      ),
    );
    if (pictures.length === 0 && prompts > 0) throw oneWord(words[0] ?? "");
    const args = {
      ...argumentsOf(prompts > 0 ? words.at(-1)! : "", flags),
      strength: numberOf(flags.strength),
      preserve_outside: flags["let-outside-change"] === undefined,
    };
    return await shell.edit(args, {
      images: pictures.map((image) => ({ image })),
      mask: flags.mask === undefined
        ? undefined
        : namedPicture(flags.mask, runtime.workingDirectory),
      regions: flags.region === undefined ? undefined : regionsIn(flags.region),
      invert: flags.invert !== undefined,
    }, {
      saveAs: await copyPlaceOf(context),
      template: { template: flags.template, variables: variablesIn(flags.var) },
    });
  }, { isShown: true });
}

function oneWord(word: string): ImageError {
  return new ImageError(
    "invalid_arguments",
    `edit takes a picture and a prompt, and only '${word.slice(0, 100)}' was given: ` +
      'edit cat.png "a red hat on its head"',
  );
}

/** "0.1,0.1,0.5,0.4", or several of them with semicolons. @throws {ImageError} */
export function regionsIn(text: string): NonNullable<NamedPictures["regions"]> {
  return text.split(";").filter((part) => part.trim() !== "").map((part) => {
    const numbers = part.split(",").map((number) => number.trim() === "" ? NaN : Number(number));
    const [x = NaN, y = NaN, width = NaN, height = NaN] = numbers;
    if (numbers.length === 4 && numbers.every(Number.isFinite)) return { x, y, width, height };
    throw new ImageError(
      "invalid_arguments",
      `Cannot read --region '${part.slice(0, 100)}': write x,y,width,height as fractions of the ` +
        "picture, such as 0.1,0.1,0.5,0.4",
    );
  });
}
