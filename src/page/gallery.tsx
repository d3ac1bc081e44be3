/** The pictures there are, of which only those in sight are in the document. */

import {
  observeWindowOffset,
  observeWindowRect,
  Virtualizer,
  windowScroll,
} from "@tanstack/virtual-core";
import { useEffect, useLayoutEffect, useReducer, useRef, useState } from "preact/hooks";
import { Filters } from "./filters.tsx";
import {
  type Collection,
  type PictureFilter,
  type ProviderTable,
  type Summary,
  thumbnailOf,
} from "./server.ts";
import { texts } from "./texts.ts";

export interface GalleryProps {
  readonly providers: readonly ProviderTable[];
  readonly filter: PictureFilter;
  readonly setFilter: (filter: PictureFilter) => void;
  /** What the pictures were found by. */
  readonly listed: PictureFilter;
  readonly pictures: readonly Summary[];
  readonly problem: string;
  readonly loadMore: () => Promise<void>;
  readonly selected: readonly Summary[];
  readonly onSelect: (selected: readonly Summary[]) => void;
  readonly onOpen: (id: string) => void;
  readonly onCompare: () => void;
  readonly onMove: (verb: "trash" | "restore" | "remove") => void;
}

export function Gallery(props: GalleryProps) {
  const { providers, filter, setFilter, listed, pictures, problem } = props;
  const { selected, onSelect, onCompare, onMove } = props;
  const isTrash = listed.collection === "trash";
  const set = (name: keyof PictureFilter) => ({ currentTarget }: Event) => {
    onSelect([]);
    setFilter({ ...filter, [name]: (currentTarget as HTMLInputElement).value });
  };
  return (
    <section aria-label={texts.gallery} class="gallery">
      <div class="bar">
        <input
          type="search"
          aria-label={texts.search}
          placeholder={texts.search}
          value={filter.query}
          onInput={set("query")}
        />
        <select
          aria-label={texts.collection}
          value={filter.collection}
          onChange={set("collection")}
        >
          {COLLECTIONS.map((name) => <option key={name} value={name}>{texts[name]}</option>)}
        </select>
        {selected.length > 0 && (
          <>
            <span>{texts.selected(selected.length)}</span>
            {isTrash
              ? (
                <>
                  <button type="button" onClick={() => onMove("restore")}>{texts.restore}</button>
                  <button
                    type="button"
                    onClick={() => confirm(texts.reallyRemove) && onMove("remove")}
                  >
                    {texts.removeForGood}
                  </button>
                </>
              )
              : (
                <>
                  <button type="button" disabled={!isComparable(selected)} onClick={onCompare}>
                    {texts.compare}
                  </button>
                  <button type="button" onClick={() => onMove("trash")}>{texts.toTrash}</button>
                </>
              )}
            <button type="button" class="plain" onClick={() => onSelect([])}>{texts.clear}</button>
          </>
        )}
      </div>
      <Filters providers={providers} filter={filter} setFilter={setFilter} set={set} />
      {problem && <p role="alert" class="bad">{problem}</p>}
      {pictures.length === 0 && <p class="quiet">{whyEmpty(listed)}</p>}
      <Rows {...props} />
    </section>
  );
}

function Rows({ pictures, listed, loadMore, selected, onSelect, onOpen }: GalleryProps) {
  const isTrash = listed.collection === "trash";
  const place = useRef<HTMLUListElement>(null);
  const { columns, side } = useGrid(place);
  const count = columns === 0 ? 0 : Math.ceil(pictures.length / columns);
  const { items, height, margin } = useRows(place, count, side + GAP);
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (count > 0 && last >= count - ROWS_AHEAD) void loadMore();
  }, [last, count, pictures.length]);

  const hasPictures = items.length > 0;
  useLayoutEffect(() => {
    if (hasPictures) performance.mark("gallery");
  }, [hasPictures]);

  const toggle = (picture: Summary) => {
    const others = selected.filter(({ id }) => id !== picture.id);
    onSelect(others.length < selected.length ? others : [...others, picture]);
  };
  const cells = items.flatMap(({ index, start }) =>
    pictures.slice(index * columns, (index + 1) * columns).map((picture, column) => ({
      picture,
      number: index * columns + column,
      left: column * (side + GAP),
      top: start - margin,
    }))
  );
  return (
    <ul ref={place} style={{ height: `${height}px` }}>
      {cells.map(({ picture, number, left, top }) => (
        <li
          key={picture.id}
          aria-posinset={number + 1}
          aria-setsize={pictures.length}
          style={{
            width: `${side}px`,
            height: `${side}px`,
            transform: `translate(${left}px, ${top}px)`,
          }}
        >
          <button
            type="button"
            class="cell"
            title={picture.prompt}
            onClick={() => isTrash ? toggle(picture) : onOpen(picture.id)}
          >
            <Thumbnail picture={picture} isTrash={isTrash} />
          </button>
          <input
            type="checkbox"
            aria-label={`${texts.select}: ${picture.prompt || picture.id}`}
            checked={selected.some(({ id }) => id === picture.id)}
            onChange={() => toggle(picture)}
          />
        </li>
      ))}
    </ul>
  );
}

/** The words of a picture stand where it cannot be shown. */
function Thumbnail({ picture, isTrash }: { picture: Summary; isTrash: boolean }) {
  const [isMissing, setMissing] = useState(false);
  const words = picture.prompt || picture.id;
  if (isTrash || isMissing) return <span class="cut">{words}</span>;
  return (
    <img
      src={thumbnailOf(picture.id)}
      alt={words}
      decoding="async"
      onError={() => setMissing(true)}
    />
  );
}

/** How many columns fit, none until that is known, and the side of their squares in pixels. */
function useGrid(place: { readonly current: HTMLElement | null }) {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const measure = () => setWidth(place.current?.clientWidth ?? 0);
    const observer = new ResizeObserver(measure);
    observer.observe(place.current!);
    measure();
    return () => observer.disconnect();
  }, []);
  if (width === 0) return { columns: 0, side: USUAL_SIDE };
  const columns = Math.max(2, Math.floor((width + GAP) / (USUAL_SIDE + GAP)));
  return { columns, side: Math.max(1, Math.floor((width - GAP * (columns - 1)) / columns)) };
}

/** The rows in sight and a few around them. */
function useRows(place: { readonly current: HTMLElement | null }, count: number, size: number) {
  const [, redraw] = useReducer((version: number, _: void) => version + 1, 0);
  const margin = place.current ? place.current.getBoundingClientRect().top + globalThis.scrollY : 0;
  const options = {
    count,
    estimateSize: () => size,
    getScrollElement: () => window,
    initialRect: { width: innerWidth, height: innerHeight },
    observeElementRect: observeWindowRect,
    observeElementOffset: observeWindowOffset,
    scrollToFn: windowScroll,
    scrollMargin: margin,
    overscan: 3,
    onChange: () => redraw(undefined),
  };
  const [rows] = useState(() => new Virtualizer<Window, Element>(options));
  rows.setOptions(options);
  useLayoutEffect(() => rows._didMount(), []);
  useLayoutEffect(() => rows._willUpdate());
  useLayoutEffect(() => rows.measure(), [size]);
  return { items: rows.getVirtualItems(), height: rows.getTotalSize(), margin };
}

function isComparable({ length }: readonly Summary[]): boolean {
  return length > 1 && length <= MOST_COMPARED;
}

function whyEmpty({ query, collection, ...facts }: PictureFilter): string {
  if (Object.values(facts).some((fact) => fact !== "")) return texts.noneSuch;
  return query ? texts.nothingFound : EMPTY[collection];
}

const COLLECTIONS: readonly Collection[] = ["all", "favourites", "trash"];
const EMPTY: Readonly<Record<Collection, string>> = {
  all: texts.empty,
  favourites: texts.noFavourites,
  trash: texts.trashIsEmpty,
};

/** In pixels. */
const GAP = 8;
const USUAL_SIDE = 176;
const ROWS_AHEAD = 8;
const MOST_COMPARED = 4;
