/** Batches: how far each is, why some of it failed, and what can be done about it. */

import { useState } from "preact/hooks";
import { type Batch, cancelBatch, repeatFailed } from "./batches.ts";
import { messageOf } from "./message_of.ts";
import { texts } from "./texts.ts";

export interface BatchRowsProps {
  readonly batches: readonly Batch[];
  /** Something was done: it is to be looked at anew. */
  readonly onChanged: () => void;
  readonly onDismiss: (id: string) => void;
}

export function BatchRows({ batches, ...actions }: BatchRowsProps) {
  return (
    <section class="drawings" role="status" aria-live="polite" aria-label={texts.batches}>
      {batches.map((batch) => <Row key={batch.id} batch={batch} {...actions} />)}
    </section>
  );
}

type RowProps = Omit<BatchRowsProps, "batches"> & { readonly batch: Batch };

function Row({ batch, onChanged, onDismiss }: RowProps) {
  const { id, title, state, total, drawn, failed, cancelled, reasons } = batch;
  const [said, setSaid] = useState("");
  const [isBusy, setBusy] = useState(false);
  const name = total > 1 ? texts.andMore(title || id, total - 1) : title || id;
  const act = (work: () => Promise<string>) => async () => {
    setBusy(true);
    await work().then(setSaid, (error) => setSaid(messageOf(error)));
    setBusy(false);
    onChanged();
  };
  const cancel = act(async () => {
    const { mayCharge } = await cancelBatch(id);
    return mayCharge.length > 0 ? texts.mayCharge(mayCharge.join(", ")) : "";
  });
  const repeat = act(async () => {
    await repeatFailed(id);
    return "";
  });
  return (
    <div class="drawing">
      <div class="words">
        <strong class="cut" title={name}>{name}</strong>
        <p class="quiet">
          {texts.progress(drawn, total, failed, cancelled)}
          {state === "interrupted" && ` · ${texts.interrupted}`}
        </p>
        <progress aria-label={name} max={total} value={drawn + failed + cancelled} />
        {reasons.map((reason) => <p key={reason} class="bad">{reason}</p>)}
        <p class="quiet">{said}</p>
      </div>
      <div class="actions">
        {state === "running"
          ? (
            <button
              type="button"
              aria-label={`${texts.cancel}: ${name}`}
              disabled={isBusy}
              onClick={cancel}
            >
              {texts.cancel}
            </button>
          )
          : (
            <>
              <button
                type="button"
                aria-label={`${texts.drawMissing}: ${name}`}
                disabled={isBusy}
                onClick={repeat}
              >
                {texts.drawMissing}
              </button>
              <button
                type="button"
                class="plain"
                aria-label={`${texts.dismiss}: ${name}`}
                onClick={() => onDismiss(id)}
              >
                {texts.dismiss}
              </button>
            </>
          )}
      </div>
    </div>
  );
}
