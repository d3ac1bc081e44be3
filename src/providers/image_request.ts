/** What a provider is asked for: a checked request, and the pictures that come in with it. */

/** Width and height in pixels, such as "1024x768"; "auto" lets the vendor choose. */
export type Size = `${number}x${number}` | "auto";

/** What is done: a new picture is made, or pictures that come in are changed. */
export type Operation = "generate" | "edit";

/** What a picture that comes in is for: it is changed, shown as an example, or gives its style. */
export type InputRole = "base" | "reference" | "style";

/** A picture that comes in, but for its bytes. */
export interface InputImageInfo {
  /** The SHA-256 of its bytes in hexadecimal digits, by which they are kept and found. */
  readonly hash: string;
  readonly role: InputRole;
  readonly mediaType: string;
  /** In pixels, as the picture is seen. */
  readonly width: number;
  readonly height: number;
  readonly sizeBytes: number;
  /** The id of the picture made here that it is. */
  readonly imageId?: string;
  /** What became of it on its way in, as sentences. */
  readonly changes?: readonly string[];
}

export interface InputImage extends InputImageInfo {
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** A checked request: every field is legal for the provider that gets it. */
export interface ImageRequest<Input = InputImage> {
  readonly operation: Operation;
  readonly prompt: string;
  readonly negativePrompt?: string;
  /** At most `capabilities.inputs.maxImages`; empty where nothing comes in. */
  readonly inputs: readonly Input[];
  /** An 8-bit grey PNG of the base picture's size: 255 may change, 0 stays. */
  readonly mask?: Input;
  /** How far the base picture may be left: 0 keeps it, 1 forgets it. */
  readonly strength?: number;
  /** A key of `capabilities.styles`; absent means no style is added. */
  readonly style?: string;
  /** Absent means the provider's default. */
  readonly size?: Size;
  /** 1 to `capabilities.maxCount`. */
  readonly count: number;
  readonly seed?: number;
  /** Absent means the provider's configured model. */
  readonly model?: string;
  /** Values for the names in `capabilities.options`. */
  readonly options: Readonly<Record<string, string | number>>;
  /** Values for further fields of the model itself, as `capabilities.modelOptions` names them. */
  readonly modelOptions?: Readonly<Record<string, unknown>>;
}
