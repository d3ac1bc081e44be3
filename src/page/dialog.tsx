/** A window over the page that Escape closes and the keyboard stays in. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { texts } from "./texts.ts";

export interface DialogProps {
  readonly label: string;
  readonly onClose: () => void;
  readonly onKey?: (key: string) => void;
  readonly children: ComponentChildren;
}

export function Dialog({ label, onClose, onKey, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-label={label}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onKeyDown={({ key, target }) => {
        const isWriting = target instanceof HTMLInputElement ||
          target instanceof HTMLTextAreaElement ||
          target instanceof HTMLSelectElement;
        if (!isWriting) onKey?.(key);
      }}
    >
      <button class="plain close" type="button" onClick={onClose}>{texts.close}</button>
      {children}
    </dialog>
  );
}
