/** A good message, changed until it is no longer surely one. */

import type { Random } from "./random.ts";
import { type Message, ODD_NAMES, ODD_VALUES } from "./seeds.ts";

/** The message with up to three members changed, left out, added or put somewhere else. */
export function mutated(message: Message, random: Random): Message {
  const copy = structuredClone(message) as Record<string, unknown>;
  for (let left = random.below(4); left > 0; left--) change(copy, random);
  return copy;
}

function change(message: Record<string, unknown>, random: Random): void {
  const holders = holdersIn(message);
  const holder = random.of(holders);
  const names = Object.keys(holder);
  const name = names.length > 0 && random.chance(0.8) ? random.of(names) : random.of(ODD_NAMES);
  if (random.chance(0.15)) Reflect.deleteProperty(holder, name);
  else if (random.chance(0.1)) set(holder, name, structuredClone(random.of(holders)));
  else set(holder, name, structuredClone(random.of(ODD_VALUES)));
}

/** As JSON would have it, "__proto__" included. */
function set(holder: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(holder, name, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}

/** Every object in a message, itself included, down to a few levels. */
function holdersIn(value: unknown, depth = 0): Record<string, unknown>[] {
  if (typeof value !== "object" || value === null || Array.isArray(value) || depth > 3) return [];
  const own = value as Record<string, unknown>;
  return [own, ...Object.values(own).slice(0, 20).flatMap((each) => holdersIn(each, depth + 1))];
}
