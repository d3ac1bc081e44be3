/** What a worker can be asked to do: one row for each operation. */

import { compose, type ComposeInput } from "./compose.ts";
import type { Codecs } from "./decode.ts";
import { decode } from "./decode.ts";
import type { Encoded } from "./encode.ts";
import {
  type MaskReading,
  paintMask,
  type PaintMaskInput,
  readMask,
  type ReadMaskInput,
  shapeMask,
  type ShapeMaskInput,
} from "./mask.ts";
import { preview, type PreviewInput } from "./preview.ts";
import { type PutBack, putBack, type PutBackInput } from "./put_back.ts";
import type { Raster } from "./raster.ts";
import { receive, type Received } from "./receive.ts";
import { transform, type Transformed, type TransformInput } from "./transform.ts";

/** Input and result of each operation by name. */
export interface Operations {
  readonly preview: { readonly input: PreviewInput; readonly result: Encoded | undefined };
  readonly transform: { readonly input: TransformInput; readonly result: Transformed | undefined };
  readonly receive: {
    readonly input: { readonly bytes: Uint8Array<ArrayBuffer> };
    readonly result: Received;
  };
  readonly compose: { readonly input: ComposeInput; readonly result: Encoded | undefined };
  /** A file into pixels, at most 40 million of them. */
  readonly decode: { readonly input: { readonly bytes: Uint8Array }; readonly result: Raster };
  readonly readMask: { readonly input: ReadMaskInput; readonly result: MaskReading };
  readonly paintMask: { readonly input: PaintMaskInput; readonly result: Bytes };
  readonly shapeMask: { readonly input: ShapeMaskInput; readonly result: Bytes };
  readonly putBack: { readonly input: PutBackInput; readonly result: PutBack };
}

interface Bytes {
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export type OperationName = keyof Operations;

export const OPERATIONS: {
  readonly [Name in OperationName]: (
    input: Operations[Name]["input"],
    codecs: Codecs,
  ) => Promise<Operations[Name]["result"]>;
} = {
  preview,
  transform,
  receive,
  compose,
  decode: ({ bytes }, codecs) => decode(bytes, 1, codecs),
  readMask,
  paintMask,
  shapeMask,
  putBack,
};
