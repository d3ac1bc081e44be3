type Row = Readonly<Record<string, unknown>>;

/** The first servers kept a job's arguments as the client wrote them. */
export function planOf(
  { n, file_prefix, ...args }: Row,
  prompt: string,
  { provider }: Row,
): unknown {
  const count = typeof n === "number" ? n : 1;
  const request = { operation: "generate", prompt, inputs: [], count, options: {} };
  const prefix = file_prefix ? { filePrefix: file_prefix } : {};
  return {
    request: { ...request, ...prefix, providerNames: [], arguments: args },
    attempts: [{ provider, request, warnings: [] }],
  };
}
