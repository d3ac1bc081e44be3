/** The pictures of the gallery: the shelf and the words that are looked for, a page after another. */

import { useEffect, useRef, useState } from "preact/hooks";
import { messageOf } from "./message_of.ts";
import { isSignedOut, listPictures, type PictureList, type Shelf, type Summary } from "./server.ts";

/** The pictures of the gallery, as far as they are loaded. */
export function usePictures(first: PictureList, onSignedOut: () => void) {
  const [query, setQuery] = useState("");
  const [shelf, setShelf] = useState<Shelf>("all");
  const [pictures, setPictures] = useState<readonly Summary[]>(first.pictures);
  const [next, setNext] = useState<number | null>(first.next);
  const isFirst = useRef(true);
  const [isLoading, setLoading] = useState(false);
  const [problem, setProblem] = useState("");

  const load = async (before: number | null, wanted: string) => {
    setLoading(true);
    try {
      const page = await listPictures(wanted, shelf, before);
      setProblem("");
      return page;
    } catch (error) {
      if (isSignedOut(error)) onSignedOut();
      else setProblem(messageOf(error));
    } finally {
      setLoading(false);
    }
  };

  /** The newest, put before what is loaded. */
  const refresh = async () => {
    const page = await load(null, query);
    if (!page) return;
    const known = pictures;
    const ids = new Set(page.pictures.map(({ id }) => id));
    const isJoined = known.some(({ id }) => ids.has(id));
    setPictures(
      isJoined ? [...page.pictures, ...known.filter(({ id }) => !ids.has(id))] : page.pictures,
    );
    if (!isJoined || known.length <= page.pictures.length) setNext(page.next);
  };

  useEffect(() => {
    if (isFirst.current) {
      isFirst.current = false;
      return;
    }
    let isWanted = true;
    const timer = setTimeout(async () => {
      const page = await load(null, query);
      if (!page || !isWanted) return;
      setPictures(page.pictures);
      setNext(page.next);
    }, TYPING);
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [query, shelf]);

  /** Everything anew, since some may have gone. */
  const reload = async () => {
    const page = await load(null, query);
    if (!page) return;
    setPictures(page.pictures);
    setNext(page.next);
  };

  const loadMore = async () => {
    if (next === null || isLoading || problem) return;
    const page = await load(next, query);
    if (!page) return;
    setPictures((known) => [...known, ...page.pictures]);
    setNext(page.next);
  };

  return {
    query,
    setQuery,
    shelf,
    setShelf,
    pictures,
    isEmpty: pictures.length === 0,
    problem,
    refresh,
    reload,
    loadMore,
  };
}

/** Milliseconds that a person may pause while typing. */
const TYPING = 250;
