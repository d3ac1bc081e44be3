/** Who stands where: rows of things side by side, and free places in the sky. */

import type { Light, Placed } from "./scene.ts";
import type { Subject } from "./subjects.ts";

/** Where a thing's middle is, and how high it is, in pixels. */
export interface Spot {
  readonly subject: Subject;
  readonly x: number;
  readonly tall: number;
}

interface Room {
  readonly width: number;
  readonly unit: number;
  /** The side of the picture to keep to: 1 right, -1 left. */
  readonly away: number;
  /** How high a thing may be, in pixels. */
  readonly room: number;
}

/** Things in one row about a third into the picture, big ones outermost. */
export function lineUp(subjects: readonly Subject[], { width, unit, away, room }: Room): Spot[] {
  const sorted = subjects.toSorted((one, other) => one.figure.rank - other.figure.rank);
  const scale = (SCALES[subjects.length] ?? 0.9) * unit;
  const highest = sorted.at(-1)?.figure.rank ?? 0;
  const wished = sorted.map((subject) => {
    const size = BESIDE_HIGHER[highest - subject.figure.rank] ?? 1;
    const tall = Math.min(room, subject.figure.tall * scale * size);
    return { subject, tall, wide: tall * subject.figure.wide / 100 };
  });
  const gap = unit * 0.06;
  const sum = wished.reduce((total, { wide }) => total + wide + gap, -gap);
  const shrink = Math.min(1, width * 0.86 / sum);
  const middle = clampTo(width * (0.5 + away * 0.16), sum * shrink / 2 + width * 0.06, width);
  let edge = -sum * shrink / 2;
  return wished.map(({ subject, tall, wide }) => {
    const x = middle + away * (edge + wide * shrink / 2);
    edge += (wide + gap) * shrink;
    return { subject, x, tall: tall * shrink };
  });
}

/** How much smaller a thing looks beside one of the same rank, of the next, or of the highest. */
const BESIDE_HIGHER: readonly number[] = [1, 0.66, 0.46];

/** By how many share the picture. */
const SCALES: readonly number[] = [1, 1.14, 1, 0.92];

/** `value`, but at least `margin` away from both ends of a length. */
function clampTo(value: number, margin: number, length: number): number {
  return Math.max(Math.min(margin, length / 2), Math.min(length - margin, value));
}

/** The place in the sky that is farthest from the light and from everything placed before. */
export function findRoom(
  subject: Subject,
  { width, unit, horizon, light }: { width: number; unit: number; horizon: number; light: Light },
  others: readonly Placed[],
): { x: number; y: number; tall: number } {
  const tall = Math.min(
    subject.figure.tall * unit * (others.length === 0 ? 1.14 : 0.85),
    horizon * 0.85,
  );
  const reach = Math.max(tall, tall * subject.figure.wide / 100) / 2;
  const places = COLUMNS.flatMap((column) =>
    ROWS.map((row) => ({ x: width * column, y: horizon * row }))
  );
  const score = ({ x, y }: { x: number; y: number }) => {
    const fromLight = Math.hypot(x - light.x, y - light.y) - light.radius * light.disc;
    const fromOthers = others.map(({ pose, subject: { figure } }) => {
      const across = Math.max(0, Math.abs(x - pose.x) - pose.tall * figure.wide / 200);
      return Math.hypot(across, Math.max(0, pose.y - pose.tall - y));
    });
    const fromEdge = Math.min(x, width - x, y) * 1.3;
    return Math.min(fromLight * 0.9, unit * 0.45, fromEdge, ...fromOthers) - reach -
      Math.abs(x - width / 2) * 0.12 - Math.abs(y - horizon * 0.5) * 0.15;
  };
  const best = places.toSorted((one, other) => score(other) - score(one))[0];
  return { x: best?.x ?? width / 2, y: (best?.y ?? horizon / 2) + tall / 2, tall };
}

const COLUMNS = [0.2, 0.28, 0.36, 0.44, 0.5, 0.56, 0.64, 0.72, 0.8] as const;
const ROWS = [0.28, 0.36, 0.45, 0.55, 0.62] as const;
