/** One picture in full: all that is known of it, and what can be done with it. */

import { useEffect, useState } from "preact/hooks";
import { Dialog } from "./dialog.tsx";
import { factsOf } from "./facts.ts";
import { HistoryTree } from "./history.tsx";
import {
  fileOf,
  findPicture,
  note,
  type NoteChanges,
  type Notes,
  type Picture,
  type Summary,
  transform,
} from "./server.ts";
import { messageOf } from "./message_of.ts";
import { texts } from "./texts.ts";
import { copy } from "./view/copy.ts";

export interface PictureViewProps {
  readonly id: string;
  /** Those around it in the gallery. */
  readonly pictures: readonly Summary[];
  readonly onShow: (id: string) => void;
  readonly onClose: () => void;
  readonly onAgain: (picture: Picture) => void;
  readonly onVary: (picture: Picture) => void;
  readonly onEdit: () => void;
  /** Something was noted of it. */
  readonly onNoted: () => void;
  readonly onTrash: () => void;
  /** A copy was made. */
  readonly onMade: (id: string) => void;
}

export function PictureView({ id, pictures, onShow, onClose, ...actions }: PictureViewProps) {
  const [picture, setPicture] = useState<Picture>();
  const [problem, setProblem] = useState("");
  useEffect(() => {
    findPicture(id).then(setPicture, (error) => setProblem(messageOf(error)));
  }, [id]);
  const index = pictures.findIndex((each) => each.id === id);
  const before = pictures[index - 1];
  const after = index < 0 ? undefined : pictures[index + 1];
  const step = (to: Summary | undefined) => to && onShow(to.id);
  const prompt = picture?.source?.prompt ?? pictures[index]?.prompt ?? id;
  return (
    <Dialog
      label={prompt || id}
      onClose={onClose}
      onKey={(key) => {
        if (key === "ArrowLeft") step(before);
        if (key === "ArrowRight") step(after);
      }}
    >
      <div class="picture">
        <div class="full">
          <img src={fileOf(id)} alt={prompt} />
          <div class="steps">
            <button type="button" class="plain" disabled={!before} onClick={() => step(before)}>
              ← {texts.previous}
            </button>
            <button type="button" class="plain" disabled={!after} onClick={() => step(after)}>
              {texts.next} →
            </button>
          </div>
        </div>
        <div class="about">
          <p class="bad" role="alert">{problem}</p>
          {picture && <About picture={picture} {...actions} />}
          <HistoryTree id={id} onShow={onShow} />
        </div>
      </div>
    </Dialog>
  );
}

type Actions = Pick<
  PictureViewProps,
  "onAgain" | "onVary" | "onEdit" | "onMade" | "onNoted" | "onTrash"
>;

function About(
  { picture, onAgain, onVary, onEdit, onMade, onNoted, onTrash }: Actions & { picture: Picture },
) {
  const { id, source, revisedPrompt, path, address, fileName } = picture;
  const isDrawn = source?.operation === "generate";
  return (
    <>
      <Prompt text={source?.prompt || id} />
      <div class="actions">
        {isDrawn && <button type="button" onClick={() => onAgain(picture)}>{texts.again}</button>}
        {isDrawn && <button type="button" onClick={() => onVary(picture)}>{texts.variation}
        </button>}
        <button type="button" onClick={onEdit}>{texts.edit}</button>
        <a class="button" href={`${fileOf(id)}?save`} download={fileName ?? id}>{texts.download}</a>
      </div>
      <div class="actions">
        {source?.prompt && <Copy label={texts.copyPrompt} text={source.prompt} />}
        {path && <Copy label={texts.copyPath} text={path} />}
        {address && <Copy label={texts.copyAddress} text={address} />}
        {address && (
          <Copy label={texts.copyMarkdown} text={markdownOf(source?.prompt ?? id, address)} />
        )}
      </div>
      <NotesForm picture={picture} onNoted={onNoted} />
      {revisedPrompt && (
        <p>
          <strong>{texts.revised}</strong>
          <br />
          {revisedPrompt}
        </p>
      )}
      <dl>
        {factsOf(picture).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <Export id={id} onMade={onMade} />
      <button type="button" class="plain" onClick={onTrash}>{texts.toTrash}</button>
    </>
  );
}

/** A long one is cut until somebody wants to read it, so that what can be done stays in sight. */
function Prompt({ text }: { text: string }) {
  const [isWhole, setWhole] = useState(false);
  if (text.length <= SHORT_PROMPT) return <h2>{text}</h2>;
  return (
    <>
      <h2 class={isWhole ? "" : "cut"}>{text}</h2>
      <button
        type="button"
        class="plain"
        aria-expanded={isWhole}
        onClick={() => setWhole(!isWhole)}
      >
        {isWhole ? texts.less : texts.whole}
      </button>
    </>
  );
}

/** The title, the tags and the star. */
function NotesForm({ picture, onNoted }: { picture: Picture; onNoted: () => void }) {
  const { id, notes } = picture;
  const [known, setKnown] = useState(notes);
  const [problem, setProblem] = useState("");
  const keep = async (changes: NoteChanges, then: Notes) => {
    try {
      await note([id], changes);
      setKnown(then);
      onNoted();
    } catch (error) {
      setProblem(messageOf(error));
    }
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const title = String(form.get("title"));
    const tags = String(form.get("tags")).split(/[,，]/).map((tag) => tag.trim()).filter(Boolean);
    const removeTags = known.tags.filter((tag) => !tags.includes(tag));
    await keep({ title, addTags: tags, removeTags }, { ...known, title, tags });
  };
  return (
    <form class="fields" onSubmit={submit}>
      <label>
        {texts.heading}
        <input name="title" maxLength={200} defaultValue={known.title ?? ""} />
      </label>
      <label>
        {texts.tags}
        <input name="tags" defaultValue={known.tags.join(", ")} />
      </label>
      <button type="submit">{texts.note}</button>
      <button
        type="button"
        aria-pressed={known.isFavorite}
        onClick={() => {
          const isFavorite = !known.isFavorite;
          void keep({ isFavorite }, { ...known, isFavorite });
        }}
      >
        {known.isFavorite ? "★" : "☆"} {texts.favourite}
      </button>
      <p class="bad" role="alert">{problem}</p>
    </form>
  );
}

function Copy({ label, text }: { label: string; text: string }) {
  const [said, setSaid] = useState("");
  const put = async () => {
    setSaid(await copy(text) ? `✓ ${texts.copied}` : texts.notCopied);
    setTimeout(() => setSaid(""), 1500);
  };
  return (
    <button type="button" class="plain" onClick={put}>
      <span aria-live="polite">{said || label}</span>
    </button>
  );
}

/** A picture's name may hold what Markdown would read. */
function markdownOf(prompt: string, address: string): string {
  return `![${prompt.replaceAll(/\s+/g, " ").replaceAll(/[\\[\]]/g, "\\$&")}](${address})`;
}

function Export({ id, onMade }: { id: string; onMade: (id: string) => void }) {
  const [problem, setProblem] = useState("");
  const submit = async (event: Event) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const args = Object.fromEntries(
      [...form].filter(([, value]) => value !== "").map(([name, value]) =>
        [name, name === "width" ? Number(value) : String(value)] as const
      ),
    );
    try {
      onMade((await transform(id, args)).picture.id);
    } catch (error) {
      setProblem(messageOf(error));
    }
  };
  return (
    <details>
      <summary>{texts.crop}</summary>
      <form class="fields" onSubmit={submit}>
        <label>
          {texts.shape}
          <select name="aspect_ratio">
            <option value="">{texts.asItIs}</option>
            {SHAPES.map((shape) => <option key={shape}>{shape}</option>)}
          </select>
        </label>
        <label>
          {texts.longestWidth}
          <input name="width" type="number" min={1} max={16384} />
        </label>
        <label>
          {texts.format}
          <select name="format">
            <option value="">{texts.asItIs}</option>
            {FORMATS.map((format) => <option key={format}>{format}</option>)}
          </select>
        </label>
        <button type="submit">{texts.makeCopy}</button>
        <p class="bad" role="alert">{problem}</p>
      </form>
    </details>
  );
}

/** In characters. */
const SHORT_PROMPT = 240;
const SHAPES = ["1:1", "4:3", "3:4", "3:2", "2:3", "16:9", "9:16"];
const FORMATS = ["png", "jpeg", "webp"];
