/** Several pieces as one, in their order. */
export function joinBytes(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let offset = 0;
  for (const piece of pieces) {
    bytes.set(piece, offset);
    offset += piece.length;
  }
  return bytes;
}

/** The SHA-256 of bytes, in hex. */
export async function hashOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/**
 * Gives the memory of bytes that nobody needs any more back at once. There is little other garbage
 * beside pictures, so that the collector would let hundreds of megabytes of them lie.
 */
export function releaseBytes({ buffer }: Uint8Array<ArrayBuffer>): void {
  if (!buffer.detached) buffer.transfer(0);
}

/**
 * Whether bytes are all that stands in their memory, which can be handed over with them: it may have
 * been made larger than they became, as that of no small bytes is that lie side by side.
 */
export function isAlone({ buffer, byteOffset, length }: Uint8Array<ArrayBuffer>): boolean {
  return length === buffer.byteLength || byteOffset === 0 && length > LONGEST_SHARED;
}

/** In bytes; Node's buffers share 8 KB. */
const LONGEST_SHARED = 65_536;
