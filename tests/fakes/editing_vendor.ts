/** What a fake offers beside the rest where pictures come in, or tasks outlive a call. */

import type { FakeVendor } from "./fake_vendor.ts";

/** A request with pictures as the vendor understood it. */
export interface SeenEdit {
  readonly prompt: string;
  /** As they came, without the mask. */
  readonly images: readonly Uint8Array<ArrayBuffer>[];
  readonly mask?: Uint8Array<ArrayBuffer>;
}

export interface EditingVendor extends FakeVendor {
  /** Oldest first. */
  readonly edits: readonly SeenEdit[];
  /** Lets no task end until `finish`; absent where a picture comes in the same answer. */
  hold?(): void;
  finish?(): void;
  /** Lets the pictures be gone from the download host; absent where the answer carries them. */
  expire?(): void;
  /** Forgets every task. */
  forget?(): void;
}
