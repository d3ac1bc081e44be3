/** Numbers and texts as file headers hold them. */

/** An unsigned number; NaN where the bytes end before it does. */
export function bigEndian(bytes: Uint8Array, offset: number, length: number): number {
  let value = 0;
  for (let i = 0; i < length; i++) value = value * 256 + (bytes[offset + i] ?? NaN);
  return value;
}

/** An unsigned number; NaN where the bytes end before it does. */
export function littleEndian(bytes: Uint8Array, offset: number, length: number): number {
  let value = 0;
  for (let i = length - 1; i >= 0; i--) value = value * 256 + (bytes[offset + i] ?? NaN);
  return value;
}

/** Whether the characters of `text`, one byte each, stand at `offset`. */
export function hasText(bytes: Uint8Array, offset: number, text: string): boolean {
  return textAt(bytes, offset, text.length) === text;
}

export function textAt(bytes: Uint8Array, offset: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(offset, offset + length));
}
