/** What a call to a vendor gets beside the request, and what it may cost. */

/** How far a generation is, in words a person understands. */
export interface Progress {
  readonly message: string;
}

export interface CallContext {
  /** Aborts with an ImageError as its reason: `cancelled` or `timeout`. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
  /** An asynchronous vendor took the job: `ticket` is all that `resume` needs to ask for it again. */
  readonly onAccepted: (ticket: string) => void;
  /** True when somebody looks at the progress, so that partial pictures are worth asking for. */
  readonly wantsProgress?: boolean;
  /** Takes a picture that is not finished; absent where nobody can show it. */
  readonly onPartialImage?: (bytes: Uint8Array<ArrayBuffer>) => void;
}

/** An amount of money or of a vendor's credits. */
export interface Cost {
  readonly amount: number;
  /** An ISO 4217 code such as "USD", or "credits". */
  readonly unit: string;
}
