/** Drawing over what may change of a picture, and saying how. */

import { useEffect, useRef, useState } from "preact/hooks";
import type { Picture } from "./answer.ts";
import { bounded, type Region, regionBetween, withKey } from "./regions.ts";
import { messageOf, useShared } from "./shared.ts";
import type { Drawing } from "./use_drawings.ts";

export interface EditFormProps {
  readonly picture: Picture;
  readonly source: string | undefined;
  readonly onCancel: () => void;
  readonly onDraw: (drawing: Drawing) => Promise<void>;
  /** It went into the conversation, for a host that calls no tools. */
  readonly onSent: () => void;
}

export function EditForm({ picture, source, onCancel, onDraw, onSent }: EditFormProps) {
  const { texts, host } = useShared();
  const [regions, setRegions] = useState<readonly Region[]>([]);
  const [draft, setDraft] = useState<Region>();
  const [problem, setProblem] = useState("");
  const paper = useRef<HTMLDivElement>(null);
  const words = useRef<HTMLTextAreaElement>(null);
  const start = useRef<{ readonly x: number; readonly y: number } | undefined>(undefined);

  useEffect(() => words.current?.focus({ preventScroll: true }), []);

  const placeOf = ({ clientX, clientY }: PointerEvent) => {
    const { left, top, width, height } = paper.current!.getBoundingClientRect();
    return { x: (clientX - left) / width, y: (clientY - top) / height };
  };
  const down = (event: PointerEvent) => {
    if (event.target !== event.currentTarget || event.button !== 0) return;
    paper.current!.setPointerCapture(event.pointerId);
    start.current = placeOf(event);
  };
  const move = (event: PointerEvent) => {
    if (start.current) setDraft(regionBetween(start.current, placeOf(event)));
  };
  const up = (event: PointerEvent) => {
    const region = start.current && regionBetween(start.current, placeOf(event));
    start.current = undefined;
    setDraft(undefined);
    if (region && region.width > SMALLEST && region.height > SMALLEST) add(region);
  };
  const leave = () => {
    start.current = undefined;
    setDraft(undefined);
  };
  const add = (region: Region) => {
    if (regions.length < MOST_REGIONS) setRegions([...regions, region]);
  };
  const change = (at: number) => (event: KeyboardEvent) => {
    const changed = withKey(regions[at]!, event.key, event.shiftKey);
    if (changed === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    setRegions(regions.flatMap((region, index) => index === at ? changed ?? [] : region));
  };
  const send = async () => {
    const prompt = words.current!.value.trim();
    if (prompt === "") return words.current!.focus();
    const mask = regions.length > 0 ? { mask_region: regions.map(bounded) } : {};
    const args = { prompt, images: [picture.id], ...mask };
    if (host?.can.callTools) {
      onCancel();
      return await onDraw({ tool: "edit_image", args, from: picture.id, about: prompt });
    }
    try {
      await host?.say(`Call edit_image with ${JSON.stringify(args)}`);
      onSent();
    } catch (error) {
      setProblem(messageOf(error));
    }
  };

  return (
    <div class="edit">
      <p class="quiet" id="region-help">{texts.regionHelp}</p>
      <div class="paper">
        {source && <img class="large" src={source} alt={picture.about} draggable={false} />}
        <div
          ref={paper}
          class="marks"
          onPointerDown={down}
          onPointerMove={move}
          onPointerUp={up}
          onPointerCancel={leave}
        >
          {[...regions, ...draft ? [draft] : []].map((region, index) => (
            <button
              key={index}
              type="button"
              class="mark"
              style={styleOf(region)}
              title={texts.regionKeys}
              aria-label={`${texts.region} ${index + 1}: ${inPercent(region)}. ${texts.regionKeys}`}
              onKeyDown={change(index)}
            />
          ))}
        </div>
      </div>
      <p class="row">
        <button type="button" onClick={() => add(MIDDLE)}>{texts.addRegion}</button>
        {regions.length > 0 && (
          <button type="button" onClick={() => setRegions([])}>{texts.startOver}</button>
        )}
      </p>
      <label>
        {texts.editPrompt}
        <textarea
          ref={words}
          rows={2}
          defaultValue={drafts.get(picture.id)}
          onInput={({ currentTarget }) =>
            drafts.set(picture.id, (currentTarget as HTMLTextAreaElement).value)}
          aria-describedby="region-help"
          onKeyDown={({ key, ctrlKey, metaKey }) => {
            if (key === "Enter" && (ctrlKey || metaKey)) void send();
          }}
        />
      </label>
      <p class="row">
        <button type="button" class="main" onClick={send}>{texts.send}</button>
        <button type="button" onClick={onCancel}>{texts.close}</button>
      </p>
      <p class="bad" role="alert">{problem}</p>
    </div>
  );
}

function styleOf({ x, y, width, height }: Region) {
  return {
    left: `${x * 100}%`,
    top: `${y * 100}%`,
    width: `${width * 100}%`,
    height: `${height * 100}%`,
  };
}

function inPercent({ x, y, width, height }: Region): string {
  return [x, y, width, height].map((each) => `${Math.round(each * 100)}%`).join(", ");
}

/** What was asked for last, by picture, so that nothing is written twice. */
const drafts = new Map<string, string>();
/** What the keyboard begins with. */
const MIDDLE: Region = { x: 0.25, y: 0.25, width: 0.5, height: 0.5 };
/** A smaller one was a click, as a fraction of a side. */
const SMALLEST = 0.01;
/** As many as edit_image takes. */
const MOST_REGIONS = 16;
