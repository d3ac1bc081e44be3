import { useEffect } from "preact/hooks";
import type { Host, HostContext } from "./host.ts";

/** Tells the host how high the view is, at most ten times a second, unless the host decides that. */
export function useSize(host: Host | undefined, root: HTMLElement, context: HostContext): void {
  const isFixed = context.displayMode === "fullscreen" ||
    context.containerDimensions?.height !== undefined;
  useEffect(() => {
    if (!host || isFixed) return;
    let last = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const tell = () => {
      timer = undefined;
      const height = Math.ceil(root.getBoundingClientRect().height);
      if (height !== last) host.sizeChanged(height);
      last = height;
    };
    const observer = new ResizeObserver(() => timer ??= setTimeout(tell, PAUSE_MS));
    observer.observe(root);
    return () => {
      observer.disconnect();
      clearTimeout(timer);
    };
  }, [host, isFixed]);
}

const PAUSE_MS = 100;
