/** What a picture is made of: a sky with its light, and bands of land from far to near. */

import type { Colour } from "./colour.ts";
import type { Land } from "./lands.ts";
import type { Mood } from "./mood.ts";
import type { Pose } from "./paint_figure.ts";
import type { Sky } from "./skies.ts";
import type { Subject } from "./subjects.ts";

/** A strip of land, water or cloud that hides what is behind it. */
export interface Band {
  /** For each column, the row where it begins; rows count downwards, in pixels. */
  readonly top: Float32Array;
  /** For each column, the row where it ends; absent means the lower edge of the picture. */
  readonly bottom?: Float32Array;
  /** The row around which its upper edge lies. */
  readonly base: number;
  /** `COLOUR_STEPS` colours from its top down. */
  readonly colours: Float32Array;
  /** Pixels from the first of the colours to the last. */
  readonly depth: number;
  /** 0 to 1. */
  readonly opacity: number;
  /** Pixels over which a cloud thins out towards its bottom. */
  readonly fade?: number;
  /** What the prompt's things stand on. */
  readonly isStage?: boolean;
}

/** A thing of the prompt where it stands. */
export interface Placed {
  readonly subject: Subject;
  readonly pose: Pose;
  /** The nearest of the bands behind it: those in front hide its feet. */
  readonly behind: number;
}

export interface Light {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly colour: Colour;
  readonly glow: Colour;
  /** How strongly the glow tints the sky, 0 to 1. */
  readonly strength: number;
  readonly body: Sky["body"];
  /** How much of the body shows through the weather, 0 to 1. */
  readonly disc: number;
}

export interface Scene {
  readonly width: number;
  readonly height: number;
  /** The shorter side: everything is measured by it, so that shapes keep their proportions. */
  readonly unit: number;
  readonly horizon: number;
  /** The colour of the sky at the horizon. */
  readonly haze: Colour;
  /** One colour for each row. */
  readonly sky: Float32Array;
  readonly light: Light;
  /** Far to near. */
  readonly bands: readonly Band[];
  /** Back to front. */
  readonly cast: readonly Placed[];
  /** The land's colours as this sky lights them. */
  readonly land: Land;
  readonly mood: Mood;
}

export const COLOUR_STEPS = 128;
