/** What a picture's file can tell of where the picture came from. */

/**
 * IPTC NewsCodes of the digital source type that pictures made here have
 * (cv.iptc.org/newscodes/digitalsourcetype, release of 2024-09-17).
 */
export type SourceType =
  /** Made by a model trained on other media. */
  | "trainedAlgorithmicMedia"
  /** A picture with parts made by such a model. */
  | "compositeWithTrainedAlgorithmicMedia"
  /** Made by a program that was not trained on anything. */
  | "algorithmicMedia"
  /** A picture with parts made by such a program. */
  | "compositeSynthetic";

/** How a picture was made, as it is written into its file and read back. */
export interface Making {
  readonly operation: string;
  readonly provider: string;
  readonly model: string;
  readonly prompt: string;
  readonly revisedPrompt?: string;
  readonly seed?: number;
  /** In the provider's terms. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** What is written into a picture: who made its file, of what kind it is, and how it was made. */
export interface Provenance {
  /** The program and its version. */
  readonly software: string;
  /** Absent where nobody knows. */
  readonly sourceType?: string;
  /** Absent where only the kind is told. */
  readonly making?: Making;
}

/** Pixels, for the texts of Stable Diffusion's tools. */
export interface Size {
  readonly width?: number;
  readonly height?: number;
}
