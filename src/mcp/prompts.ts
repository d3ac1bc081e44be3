/** The one prompt: everything a model needs to know to ask for a picture well. */

import { completable, type McpServer } from "../dependencies/mcp_server.ts";
import { z } from "../dependencies/zod.ts";
import type { ServerDependencies } from "./dependencies.ts";
import { providerNames, resolutionsOf, startingWith, stylesOf } from "./resources.ts";

export function registerPrompts(server: McpServer, dependencies: ServerDependencies): void {
  const keysOf = (read: typeof stylesOf) => (typed: string) => {
    const tables = [...dependencies.providers().on.values()].map(read);
    return startingWith(new Set(tables.flatMap(Object.keys)), typed);
  };
  server.registerPrompt(
    "image_generation_prompt",
    {
      title: "Image generation prompt",
      description: "Asks for a picture, with the providers, styles and resolutions there are",
      argsSchema: z.object({
        description: z.string().describe("What the picture should show"),
        // The SDK looks for a completion inside what is optional, not around it.
        provider: completable(
          z.string().describe("Who draws it; any by default"),
          (typed) => startingWith(providerNames(dependencies), typed),
        ).optional(),
        style: completable(z.string().describe("A style id"), keysOf(stylesOf)).optional(),
        resolution: completable(z.string().describe("Such as 1024x1024"), keysOf(resolutionsOf))
          .optional(),
        file_prefix: z.string().optional().describe("Begins the file name"),
      }),
    },
    (args) => ({
      description: `Image generation prompt for: ${args.description}`,
      messages: [{ role: "user", content: { type: "text", text: promptText(args, dependencies) } }],
    }),
  );
}

interface PromptArguments {
  readonly description: string;
  readonly provider?: string;
  readonly style?: string;
  readonly resolution?: string;
  readonly file_prefix?: string;
}

function promptText(args: PromptArguments, dependencies: ServerDependencies): string {
  const names = providerNames(dependencies);
  const on = [...dependencies.providers().on];
  const table = (read: typeof stylesOf) =>
    JSON.stringify(
      Object.fromEntries(on.map(([name, provider]) => [name, read(provider)])),
      null,
      2,
    );
  return [
    "Make a picture with the tool generate_image from this brief.",
    "",
    `Description: ${args.description}`,
    `Provider: ${args.provider || `choose the best fitting of ${names.join(", ")}`}`,
    `Style: ${args.style || "none, or one that fits the description"}`,
    `Resolution: ${args.resolution || "the provider's default"}`,
    ...(dependencies.showsLocalPath() ? [`Save path: ${dependencies.images.place}`] : []),
    `File prefix: ${args.file_prefix || "a short English word for the subject"}`,
    "",
    `Available providers: ${names.join(", ")}`,
    "",
    "Styles by provider:",
    table(stylesOf),
    "",
    "Resolutions by provider:",
    table(resolutionsOf),
    "",
    "Write the prompt in full sentences: subject, setting, light, composition, mood.",
    "A style or resolution may name its provider too, as in 'provider:style' or 'provider:1024x768'.",
  ].join("\n");
}
