/** HTTP by hand, for requests that no client would send. */

/** What a server on this machine answers to those bytes, up to its first pause. */
export async function rawAnswer(port: number, request: string): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(new TextEncoder().encode(request));
  const answer = new Uint8Array(65_536);
  const read = await connection.read(answer);
  return new TextDecoder().decode(answer.subarray(0, read ?? 0));
}
