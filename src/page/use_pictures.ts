/** The pictures of the gallery: those that a filter lets through, a page after another. */

import { useEffect, useRef, useState } from "preact/hooks";
import { messageOf } from "./message_of.ts";
import {
  EVERY_PICTURE,
  isSignedOut,
  listPictures,
  type PictureFilter,
  type PictureList,
  type Summary,
} from "./server.ts";

/** The pictures of the gallery, as far as they are loaded. */
export function usePictures(first: PictureList, onSignedOut: () => void) {
  const [filter, setFilter] = useState<PictureFilter>(EVERY_PICTURE);
  /** What the pictures were found by, which lags behind what is wanted. */
  const [listed, setListed] = useState(filter);
  const [pictures, setPictures] = useState<readonly Summary[]>(first.pictures);
  const [next, setNext] = useState<number | null>(first.next);
  const [problem, setProblem] = useState("");
  const isLoading = useRef(false);
  const isFirst = useRef(true);
  /** What is wanted by the time that an answer comes. */
  const wanted = useRef({ filter, pictures });
  wanted.current = { filter, pictures };

  /** A page of what is wanted now; undefined where it is not any more, or cannot be had. */
  const load = async (before: number | null) => {
    const { filter } = wanted.current;
    isLoading.current = true;
    try {
      const page = await listPictures(filter, before);
      setProblem("");
      return wanted.current.filter === filter ? page : undefined;
    } catch (error) {
      if (isSignedOut(error)) onSignedOut();
      else setProblem(messageOf(error));
    } finally {
      isLoading.current = false;
    }
  };

  /** The newest, put before what is loaded. */
  const refresh = async () => {
    const page = await load(null);
    if (!page) return;
    const known = wanted.current.pictures;
    const ids = new Set(page.pictures.map(({ id }) => id));
    const isJoined = known.some(({ id }) => ids.has(id));
    const all = isJoined
      ? [...page.pictures, ...known.filter(({ id }) => !ids.has(id))]
      : page.pictures;
    wanted.current = { ...wanted.current, pictures: all };
    setPictures(all);
    setListed(wanted.current.filter);
    if (!isJoined || known.length <= page.pictures.length) setNext(page.next);
  };

  /** Everything anew, since some may have gone. */
  const reload = async () => {
    const page = await load(null);
    if (!page) return;
    setPictures(page.pictures);
    setListed(wanted.current.filter);
    setNext(page.next);
  };

  useEffect(() => {
    if (isFirst.current) {
      isFirst.current = false;
      return;
    }
    const timer = setTimeout(reload, TYPING);
    return () => clearTimeout(timer);
  }, [filter]);

  const loadMore = async () => {
    if (next === null || isLoading.current || problem) return;
    const page = await load(next);
    if (!page) return;
    setPictures((known) => {
      const ids = new Set(known.map(({ id }) => id));
      return [...known, ...page.pictures.filter(({ id }) => !ids.has(id))];
    });
    setNext(page.next);
  };

  return { filter, setFilter, listed, pictures, problem, refresh, reload, loadMore };
}

/** Milliseconds that a person may pause while typing. */
const TYPING = 250;
