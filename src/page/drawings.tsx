/** What is being drawn now, how far it is, and what went wrong. */

import { useEffect, useState } from "preact/hooks";
import { messageOf } from "./message_of.ts";
import { texts } from "./texts.ts";

export interface Drawing {
  readonly key: string;
  readonly prompt: string;
  readonly message: string;
  /** The job it is done by, once it has begun. */
  readonly job?: string;
  /** The address of the picture so far. */
  readonly partial?: string;
  readonly error?: string;
  /** What could not be honoured of what is done. */
  readonly note?: string;
}

export interface DrawingsProps {
  readonly drawings: readonly Drawing[];
  readonly onDismiss: (key: string) => void;
  readonly onCancel: (drawing: Drawing) => Promise<void>;
}

export function Drawings({ drawings, ...actions }: DrawingsProps) {
  return (
    <section class="drawings" role="status" aria-live="polite" aria-label={texts.drawings}>
      {drawings.map((drawing) => <Row key={drawing.key} drawing={drawing} {...actions} />)}
    </section>
  );
}

type RowProps = Omit<DrawingsProps, "drawings"> & { readonly drawing: Drawing };

function Row({ drawing, onDismiss, onCancel }: RowProps) {
  const { key, prompt, message, partial, error, note } = drawing;
  const [problem, setProblem] = useState("");
  const [isCancelled, setCancelled] = useState(false);
  useEffect(() => () => partial ? URL.revokeObjectURL(partial) : undefined, [partial]);
  const isOver = error !== undefined || note !== undefined;
  const cancel = async () => {
    setCancelled(true);
    await onCancel(drawing).catch((error) => {
      setCancelled(false);
      setProblem(messageOf(error));
    });
  };
  return (
    <div class="drawing">
      {partial && <img src={partial} alt={texts.unfinished} />}
      <div class="words">
        <strong class="cut" title={prompt}>{prompt}</strong>
        {error !== undefined
          ? <p class="bad">{texts.failed}: {error}</p>
          : <p class="quiet">{note ?? message}</p>}
        {!isOver && <progress aria-label={prompt} />}
        <p class="bad">{problem}</p>
      </div>
      {isOver
        ? (
          <button class="plain" type="button" onClick={() => onDismiss(key)}>
            {texts.dismiss}
          </button>
        )
        : (
          <button
            type="button"
            aria-label={`${texts.cancel}: ${prompt}`}
            disabled={isCancelled}
            onClick={cancel}
          >
            {texts.cancel}
          </button>
        )}
    </div>
  );
}
