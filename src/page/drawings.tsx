/** What is being drawn now, how far it is, and what went wrong. */

import { useEffect } from "preact/hooks";
import { texts } from "./texts.ts";

export interface Drawing {
  readonly key: string;
  readonly prompt: string;
  readonly message: string;
  /** The address of the picture so far. */
  readonly partial?: string;
  readonly error?: string;
  /** What could not be honoured of what is done. */
  readonly note?: string;
}

export function Drawings(
  { drawings, onDismiss }: { drawings: readonly Drawing[]; onDismiss: (key: string) => void },
) {
  return (
    <div class="drawings" role="status" aria-live="polite">
      {drawings.map((drawing) => <Row key={drawing.key} drawing={drawing} onDismiss={onDismiss} />)}
    </div>
  );
}

function Row({ drawing, onDismiss }: { drawing: Drawing; onDismiss: (key: string) => void }) {
  const { key, prompt, message, partial, error, note } = drawing;
  useEffect(() => () => partial ? URL.revokeObjectURL(partial) : undefined, [partial]);
  const isOver = error !== undefined || note !== undefined;
  return (
    <div class="drawing">
      {partial && <img src={partial} alt={texts.unfinished} />}
      <div class="words">
        <strong>{prompt}</strong>
        {error !== undefined
          ? <p class="bad">{texts.failed}: {error}</p>
          : <p class="quiet">{note ?? message}</p>}
        {!isOver && <progress aria-label={prompt} />}
      </div>
      {isOver && (
        <button class="plain" type="button" onClick={() => onDismiss(key)}>{texts.dismiss}</button>
      )}
    </div>
  );
}
