/** The pictures that a new one is made from: chosen, dropped or pasted. */

import { useEffect, useRef } from "preact/hooks";
import type { Draft, Reference } from "./batch.ts";
import { texts } from "./texts.ts";

interface ReferencesProps {
  readonly draft: Draft;
  readonly takesBase: boolean;
  readonly isOffered: boolean;
  readonly onAdd: (files: Iterable<File>) => void;
  readonly onChange: (change: (draft: Draft) => Draft) => void;
}

export function References({ draft, takesBase, isOffered, onAdd, onChange }: ReferencesProps) {
  const change = (id: string, role: Reference["role"] | undefined) =>
    onChange((before) => ({
      ...before,
      references: before.references.flatMap((each) =>
        each.id !== id ? [each] : role ? [{ ...each, role }] : []
      ),
    }));
  if (!isOffered && draft.references.length === 0) return null;
  return (
    <fieldset class="references">
      <legend class="unseen">{texts.references}</legend>
      {draft.references.map(({ id, role, view, name }) => (
        <div class="reference" key={id}>
          <img src={view} alt={name} />
          {takesBase && (
            <select
              aria-label={name}
              value={role}
              onChange={({ currentTarget }) =>
                change(id, (currentTarget as HTMLSelectElement).value as Reference["role"])}
            >
              <option value="base">{texts.base}</option>
              <option value="reference">{texts.reference}</option>
            </select>
          )}
          <button
            type="button"
            class="plain"
            onClick={() => {
              URL.revokeObjectURL(view);
              change(id, undefined);
            }}
          >
            {texts.remove}
          </button>
        </div>
      ))}
      <label class="button">
        {texts.addReference}
        <input
          class="unseen"
          type="file"
          multiple
          accept="image/png,image/jpeg,image/webp,image/gif,image/bmp"
          onChange={({ currentTarget }) => {
            const input = currentTarget as HTMLInputElement;
            onAdd([...input.files ?? []]);
            input.value = "";
          }}
        />
      </label>
      <span class="quiet drop">{texts.dropHere}</span>
    </fieldset>
  );
}

/** Files that are dropped or pasted anywhere on the page. */
export function useFilesFromOutside(add: (files: Iterable<File>) => void) {
  const latest = useRef(add);
  latest.current = add;
  useEffect(() => {
    const take = (event: Event, data: DataTransfer | null) => {
      if (!data || data.files.length === 0) return;
      event.preventDefault();
      latest.current([...data.files]);
    };
    const over = (event: DragEvent) => event.preventDefault();
    const drop = (event: DragEvent) => take(event, event.dataTransfer);
    const paste = (event: ClipboardEvent) => take(event, event.clipboardData);
    document.addEventListener("dragover", over);
    document.addEventListener("drop", drop);
    document.addEventListener("paste", paste);
    return () => {
      document.removeEventListener("dragover", over);
      document.removeEventListener("drop", drop);
      document.removeEventListener("paste", paste);
    };
  }, []);
}
