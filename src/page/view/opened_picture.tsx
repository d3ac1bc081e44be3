/** One picture in large, and what can be done with it. */

import { useEffect, useRef, useState } from "preact/hooks";
import type { Picture } from "./answer.ts";
import { copy } from "./copy.ts";
import type { HostContext } from "./host.ts";
import { readLarge } from "./pictures.ts";
import { EditForm } from "./edit_form.tsx";
import { Prompt } from "./prompt.tsx";
import { messageOf, useShared } from "./shared.ts";
import type { Drawing } from "./use_drawings.ts";

export interface OpenedPictureProps {
  readonly picture: Picture;
  /** What there is of it already, as an address. */
  readonly look: string | undefined;
  readonly context: HostContext;
  readonly isChosen: boolean;
  readonly isEditing: boolean;
  readonly hasOthers: boolean;
  readonly onEditing: (isEditing: boolean) => void;
  readonly onChoose: (picture: Picture) => Promise<void>;
  readonly onClose: () => void;
  /** Goes on to the next picture, or with -1 back. */
  readonly onStep: (by: number) => void;
  readonly onDraw: (drawing: Drawing) => Promise<void>;
}

export function OpenedPicture(props: OpenedPictureProps) {
  const { picture, look, context, isChosen, isEditing, hasOthers } = props;
  const { onEditing, onChoose, onClose, onStep, onDraw } = props;
  const { id, about, facts, url, path, fileName, mediaType } = picture;
  const { texts, host } = useShared();
  const [large, setLarge] = useState<string>();
  const [status, setStatus] = useState("");
  const [byHand, setByHand] = useState("");
  const section = useRef<HTMLElement>(null);

  useEffect(() => {
    if (hasOthers) section.current?.focus({ preventScroll: true });
  }, []);
  useEffect(() => {
    if (host && !picture.isLarge) readLarge(host, id).then(setLarge, () => {});
  }, [host]);

  const attempt = (work: () => Promise<string | void>) => async () => {
    setStatus("");
    try {
      setStatus(await work() ?? "");
    } catch (error) {
      setStatus(messageOf(error));
    }
  };
  const link = url ?? path ?? `image://${id}`;
  const copyIt = attempt(async () => {
    if (await copy(link)) return texts.copied;
    setByHand(link);
  });
  const vary = attempt(async () => {
    if (!host?.can.callTools) {
      await host?.say(`Make a variation of picture ${id}`);
      return texts.sent;
    }
    const seed = crypto.getRandomValues(new Uint32Array(1))[0]! >>> 1;
    const prompt = "Make a variation of this picture";
    await onDraw({
      tool: "generate_image",
      args: { based_on: id, seed },
      from: id,
      about: texts.variation,
      otherwise: { tool: "edit_image", args: { prompt, images: [id] }, from: id, about: prompt },
    });
  });
  const mode = context.displayMode === "fullscreen" ? "inline" : "fullscreen";
  const canAct = host?.can.callTools || host?.can.sayMessages;
  const actions: readonly (readonly [isThere: unknown, words: string, act: () => void])[] = [
    [canAct, texts.variation, vary],
    [canAct, texts.edit, () => onEditing(true)],
    [true, url ? texts.copyLink : path ? texts.copyPath : texts.copyId, copyIt],
    [url && host?.can.openLinks, texts.open, attempt(() => host!.openLink(url!))],
    [
      host?.can.saveFiles,
      texts.save,
      attempt(() => host!.saveFile({ uri: `image://${id}`, name: fileName, mimeType: mediaType })),
    ],
    [
      context.availableDisplayModes?.includes(mode),
      texts[mode],
      attempt(() => host!.setDisplayMode(mode)),
    ],
    [hasOthers, texts.close, onClose],
  ];
  const onKeyDown = ({ key, target }: KeyboardEvent) => {
    const isWriting = target instanceof HTMLTextAreaElement || target instanceof HTMLInputElement;
    if (key === "Escape") isEditing ? onEditing(false) : hasOthers && onClose();
    if (isEditing || isWriting) return;
    if (key === "ArrowLeft") onStep(-1);
    if (key === "ArrowRight") onStep(1);
  };
  const source = large ?? look;

  return (
    <section class="opened" ref={section} tabIndex={-1} aria-label={about} onKeyDown={onKeyDown}>
      {isEditing
        ? (
          <EditForm
            picture={picture}
            source={source}
            onCancel={() => onEditing(false)}
            onDraw={onDraw}
            onSent={() => {
              onEditing(false);
              setStatus(texts.sent);
            }}
          />
        )
        : source
        ? <img class="large" src={source} alt={about} />
        : <p class="quiet">{host?.can.callTools ? texts.loading : path ?? id}</p>}
      <Prompt text={about} />
      <p class="quiet">{facts}</p>
      {!isEditing && (
        <p class="row">
          {(host?.can.tellModel || host?.can.sayMessages) && (
            <button
              type="button"
              class="main"
              aria-pressed={isChosen}
              onClick={attempt(() => onChoose(picture))}
            >
              {isChosen ? `✓ ${texts.chosen}` : texts.choose}
            </button>
          )}
          {actions.map(([isThere, words, act], place) =>
            isThere && <button key={place} type="button" onClick={act}>{words}</button>
          )}
        </p>
      )}
      {byHand && (
        <label>
          {texts.copyByHand}
          <input
            readOnly
            value={byHand}
            onFocus={({ currentTarget }) => (currentTarget as HTMLInputElement).select()}
          />
        </label>
      )}
      <p role="status">{status}</p>
    </section>
  );
}
