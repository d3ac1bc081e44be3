/** Whose pictures the gallery shows, in which style and of which days. */

import { EVERY_PICTURE, type PictureFilter, type ProviderTable } from "./server.ts";
import { texts } from "./texts.ts";

export interface FiltersProps {
  readonly providers: readonly ProviderTable[];
  readonly filter: PictureFilter;
  readonly setFilter: (filter: PictureFilter) => void;
  /** Sets a field to what an element says. */
  readonly set: (name: keyof PictureFilter) => (event: Event) => void;
}

export function Filters({ providers, filter, setFilter, set }: FiltersProps) {
  const { query, collection } = filter;
  const count = FIELDS.filter(([name]) => filter[name] !== "").length;
  const known = {
    provider: providers.map(({ name }) => name),
    model: providers.flatMap(({ models }) => models),
    style: [...new Set(providers.flatMap(({ styles }) => Object.keys(styles)))],
  };
  return (
    <details class="filters">
      <summary>{count > 0 ? `${texts.filters} (${count})` : texts.filters}</summary>
      <div class="fields">
        {FIELDS.map(([name, type]) => (
          <label key={name}>
            {texts[name]}
            <input
              type={type}
              value={filter[name]}
              list={type === "text" ? `known-${name}` : undefined}
              onInput={set(name)}
            />
          </label>
        ))}
        {Object.entries(known).map(([name, values]) => (
          <datalist key={name} id={`known-${name}`}>
            {values.map((value) => <option key={value} value={value} />)}
          </datalist>
        ))}
        {count > 0 && (
          <button
            type="button"
            class="plain"
            onClick={() => setFilter({ ...EVERY_PICTURE, query, collection })}
          >
            {texts.noFilters}
          </button>
        )}
      </div>
    </details>
  );
}

const FIELDS = [
  ["provider", "text"],
  ["model", "text"],
  ["style", "text"],
  ["from", "date"],
  ["to", "date"],
] as const;
