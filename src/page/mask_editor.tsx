/** Painting over what may change of a picture, with a brush or as a rectangle, and saying how. */

import { useRef, useState } from "preact/hooks";
import { Dialog } from "./dialog.tsx";
import type { NewDrawing } from "./batch.ts";
import { fileOf, type ProviderTable, upload } from "./server.ts";
import { messageOf } from "./message_of.ts";
import { texts } from "./texts.ts";

export interface MaskEditorProps {
  readonly id: string;
  readonly providers: readonly ProviderTable[];
  readonly onClose: () => void;
  readonly onSend: (request: NewDrawing) => void;
}

export function MaskEditor({ id, providers, onClose, onSend }: MaskEditorProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const last = useRef<{ x: number; y: number } | undefined>(undefined);
  const [brush, setBrush] = useState(8);
  const [isMarked, setMarked] = useState(false);
  const [problem, setProblem] = useState("");
  const editors = providers.filter(({ takesBase }) => takesBase);

  const fit = ({ currentTarget }: Event) => {
    const { naturalWidth, naturalHeight } = currentTarget as HTMLImageElement;
    canvas.current!.width = naturalWidth;
    canvas.current!.height = naturalHeight;
  };
  const paint = (event: PointerEvent) => {
    if (event.buttons === 0 || !canvas.current) return;
    const { width, height } = canvas.current;
    const box = canvas.current.getBoundingClientRect();
    const to = {
      x: (event.clientX - box.left) / box.width * width,
      y: (event.clientY - box.top) / box.height * height,
    };
    const from = last.current ?? to;
    const context = canvas.current.getContext("2d")!;
    context.strokeStyle = PAINT;
    context.lineCap = "round";
    context.lineWidth = Math.max(width, height) * brush / 100;
    context.beginPath();
    context.moveTo(from.x, from.y);
    context.lineTo(to.x, to.y);
    context.stroke();
    last.current = to;
    setMarked(true);
  };
  const lift = () => last.current = undefined;
  const clear = () => {
    const { width, height } = canvas.current!;
    canvas.current!.getContext("2d")!.clearRect(0, 0, width, height);
    setMarked(false);
  };
  const mark = (event: Event) => {
    event.preventDefault();
    const { width, height } = canvas.current!;
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const of = (name: string, side: number) => Number(form.get(name)) / 100 * side;
    const context = canvas.current!.getContext("2d")!;
    context.fillStyle = PAINT;
    context.fillRect(
      of("left", width),
      of("top", height),
      of("width", width),
      of("height", height),
    );
    setMarked(true);
  };
  const send = async (event: Event) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const provider = String(form.get("provider"));
    try {
      const mask = isMarked ? (await upload(await maskOf(canvas.current!))).id : undefined;
      const args = { prompt: String(form.get("prompt")), ...provider ? { provider } : {} };
      onSend({ args, images: [{ image: id, role: "base" }], mask });
    } catch (error) {
      setProblem(messageOf(error));
    }
  };

  return (
    <Dialog label={texts.edit} onClose={onClose}>
      <div class="picture">
        <div class="full">
          <div class="paint">
            <img src={fileOf(id)} alt="" onLoad={fit} />
            <canvas
              ref={canvas}
              aria-label={texts.maskHelp}
              role="img"
              onPointerDown={(event) => {
                (event.currentTarget as Element).setPointerCapture(event.pointerId);
                paint(event);
              }}
              onPointerMove={paint}
              onPointerUp={lift}
              onPointerCancel={lift}
            />
          </div>
        </div>
        <div class="about">
          <h2>{texts.edit}</h2>
          <p>{texts.maskHelp}</p>
          <label>
            {texts.brush}
            <input
              type="range"
              min={1}
              max={30}
              value={brush}
              onInput={({ currentTarget }) =>
                setBrush(Number((currentTarget as HTMLInputElement).value))}
            />
          </label>
          <details>
            <summary>{texts.region}</summary>
            <form class="fields" onSubmit={mark}>
              {REGION.map(([name, usual]) => (
                <label key={name}>
                  {texts[name]}
                  <input
                    name={name}
                    type="number"
                    min={0}
                    max={100}
                    step="any"
                    defaultValue={usual}
                    required
                  />
                </label>
              ))}
              <button type="submit">{texts.mark}</button>
            </form>
          </details>
          <p class="quiet" role="status">{isMarked ? texts.marked : texts.nothingMarked}</p>
          {isMarked && <button type="button" class="plain" onClick={clear}>{texts.undoAll}</button>}
          <form onSubmit={send}>
            <label>
              {texts.editPrompt}
              <textarea name="prompt" rows={3} required />
            </label>
            <label>
              {texts.provider}
              <select name="provider">
                <option value="">{texts.anyProvider}</option>
                {editors.map(({ name, title }) => <option key={name} value={name}>{title}</option>)}
              </select>
            </label>
            <button type="submit" class="main">{texts.editButton}</button>
            <p class="bad" role="alert">{problem}</p>
          </form>
        </div>
      </div>
    </Dialog>
  );
}

/** White on black where it may change, as a PNG. */
async function maskOf(painted: HTMLCanvasElement): Promise<Blob> {
  const { width, height } = painted;
  const mask = new OffscreenCanvas(width, height);
  const context = mask.getContext("2d")!;
  context.drawImage(painted, 0, 0);
  context.globalCompositeOperation = "source-in";
  context.fillStyle = "#fff";
  context.fillRect(0, 0, width, height);
  context.globalCompositeOperation = "destination-over";
  context.fillStyle = "#000";
  context.fillRect(0, 0, width, height);
  return await mask.convertToBlob({ type: "image/png" });
}

/** Seen on whatever a picture shows. */
const PAINT = "#f0c";
/** The fields of a rectangle, with what they hold at first. */
const REGION = [["left", "25"], ["top", "25"], ["width", "50"], ["height", "50"]] as const;
