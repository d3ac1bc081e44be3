/** A vendor as small as one can be that takes references and masks, is polled, resumed and cancelled. */

import { address, secret, type Values } from "../../../src/config/variables.ts";
import * as z from "../../../src/dependencies/zod.ts";
import { ImageError } from "../../../src/errors.ts";
import { createVendorClient, type VendorAnswer } from "../../../src/providers/http.ts";
import { poll } from "../../../src/providers/poll.ts";
import {
  type CallContext,
  type Capabilities,
  defineProvider,
  type ImageProvider,
  type ImageRequest,
  type ImageResult,
  type InputImage,
  type ProviderDependencies,
} from "../../../src/providers/provider.ts";

const variables = {
  EXAMPLE_API_KEY: secret("Key of the example vendor", { example: "your_example_api_key" }),
  EXAMPLE_ENDPOINT: address("Where the example vendor answers", {
    default: "https://api.example.com",
  }),
};

export const example = defineProvider({
  name: "example",
  title: "Example",
  variables,
  missing: ({ EXAMPLE_API_KEY }) => EXAMPLE_API_KEY ? [] : ["EXAMPLE_API_KEY"],
  create: createExample,
});

const capabilities: Capabilities = {
  styles: { sketch: { label: "素描 Sketch", prompt: "as a pencil sketch" } },
  sizes: { listed: { "64x64": "1:1" }, default: "64x64" },
  maxCount: 1,
  maxPromptLength: 1_000,
  negativePrompt: "native",
  options: {},
  inputs: {
    maxImages: 3,
    roles: ["base", "reference"],
    mediaTypes: ["image/png"],
    maxBytes: 1_000_000,
  },
  mask: "white",
  strength: { minimum: 0, maximum: 1 },
  resume: true,
  cancel: true,
};

function createExample(
  { EXAMPLE_API_KEY: key = "", EXAMPLE_ENDPOINT: endpoint }: Values<typeof variables>,
  { fetch }: ProviderDependencies,
): ImageProvider {
  const client = createVendorClient({ title: "Example", endpoint, secrets: [key], fetch });
  const send = (method: "GET" | "POST", path: string, signal: AbortSignal, body?: unknown) =>
    client.send({
      url: endpoint + path,
      method,
      headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal,
      repeat: method === "GET" ? "freely" : "if nothing happened",
      failure: failureOf,
    });

  /** Waits for an accepted job and fetches what it drew. */
  async function resume(ticket: string, context: CallContext): Promise<ImageResult> {
    const job = await poll(async () => {
      const { json } = await send("GET", `/jobs/${ticket}`, context.signal);
      const job = jobAnswer.parse(json);
      context.onProgress({ message: `Example has drawn ${job.percent} %` });
      return job.image ? job : undefined;
    }, { signal: context.signal });
    const bytes = Uint8Array.fromBase64(job.image!);
    return { images: [{ bytes }], warnings: [], model: "example-1", cost: job.cost };
  }

  return {
    name: "example",
    endpoint,
    models: ["example-1"],
    capabilities: () => capabilities,
    async generate(request, context) {
      const { json } = await send("POST", "/jobs", context.signal, bodyOf(request));
      const { id } = acceptance.parse(json);
      context.onAccepted(id);
      return await resume(id, context);
    },
    resume,
    async cancel(ticket, signal) {
      await send("POST", `/jobs/${ticket}/cancel`, signal, {});
    },
  };
}

function bodyOf({ operation, prompt, inputs, mask, ...request }: ImageRequest) {
  return {
    operation,
    prompt,
    negative_prompt: request.negativePrompt,
    strength: request.strength,
    images: inputs.map((input) => ({ role: input.role, data: base64Of(input) })),
    mask: mask && base64Of(mask),
  };
}

function base64Of({ bytes }: InputImage): string {
  return bytes.toBase64();
}

function failureOf({ status, json }: VendorAnswer): ImageError | undefined {
  if (status < 400) return undefined;
  const message = failure.safeParse(json).data?.error ?? `HTTP ${status}`;
  return new ImageError("provider_error", `Example answered: ${message}`, { http_status: status });
}

const acceptance = z.object({ id: z.string() });

const jobAnswer = z.object({
  percent: z.number(),
  image: z.string().optional(),
  cost: z.object({ amount: z.number(), unit: z.string() }).optional(),
});

const failure = z.object({ error: z.string() });
