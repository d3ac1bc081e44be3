/** The form that asks for a picture, built from the providers' own tables. */

import { useEffect, useRef, useState } from "preact/hooks";
import { type DrawingRequest, type ProviderTable, upload } from "./server.ts";
import { messageOf } from "./message_of.ts";
import { texts } from "./texts.ts";

/** What the form holds, as text; "" where nothing is chosen. */
export interface Draft {
  readonly prompt: string;
  readonly provider: string;
  readonly model: string;
  readonly style: string;
  readonly size: string;
  readonly count: string;
  readonly seed: string;
  readonly negative: string;
  readonly references: readonly Reference[];
}

export interface Reference {
  /** Of an upload. */
  readonly id: string;
  readonly role: "base" | "reference";
  /** Its address in this page. */
  readonly view: string;
  readonly name: string;
}

export const EMPTY_DRAFT: Draft = {
  prompt: "",
  provider: "",
  model: "",
  style: "",
  size: "",
  count: "1",
  seed: "",
  negative: "",
  references: [],
};

export interface ComposerProps {
  readonly providers: readonly ProviderTable[];
  readonly draft: Draft;
  readonly onChange: (change: (draft: Draft) => Draft) => void;
  readonly onSend: (request: Omit<DrawingRequest, "key">) => void;
}

export function Composer({ providers, draft, onChange, onSend }: ComposerProps) {
  const [problem, setProblem] = useState("");
  const table = providers.find(({ name }) => name === draft.provider) ?? providers[0];
  const set = (name: keyof Draft) => (event: Event) => {
    const { value } = event.currentTarget as HTMLInputElement;
    onChange((before) => ({ ...before, [name]: value }));
  };

  const add = async (files: Iterable<File>) => {
    for (const file of files) {
      if (!file.type.startsWith("image/")) continue;
      try {
        const { id } = await upload(file);
        setProblem("");
        onChange((before) => ({
          ...before,
          references: [...before.references, {
            id,
            role: before.references.length === 0 && table?.takesBase ? "base" : "reference",
            view: URL.createObjectURL(file),
            name: file.name,
          }],
        }));
      } catch (error) {
        setProblem(messageOf(error));
      }
    }
  };
  useFilesFromOutside(add);

  const send = (event: Event) => {
    event.preventDefault();
    onSend(requestOf(draft));
  };

  return (
    <form class="composer" onSubmit={send}>
      <label for="prompt" class="lead">{texts.prompt}</label>
      <textarea
        id="prompt"
        rows={2}
        required
        maxLength={table?.maxPromptLength}
        value={draft.prompt}
        onInput={set("prompt")}
        onKeyDown={(event) => {
          const isSent = event.key === "Enter" && (event.ctrlKey || event.metaKey);
          if (isSent) (event.currentTarget as HTMLTextAreaElement).form?.requestSubmit();
        }}
      />
      <div class="fields">
        <label>
          {texts.provider}
          <select value={draft.provider} onChange={set("provider")}>
            <option value="">{texts.anyProvider}</option>
            {providers.map(({ name, title }) => <option key={name} value={name}>{title}</option>)}
          </select>
        </label>
        <Choice
          label={texts.style}
          none={texts.noStyle}
          value={draft.style}
          values={table?.styles ?? {}}
          onChange={set("style")}
        />
        <Choice
          label={texts.size}
          none={texts.usualSize}
          value={draft.size}
          values={table?.sizes ?? {}}
          onChange={set("size")}
        />
        <label>
          {texts.count}
          <input
            type="number"
            min={1}
            max={10}
            required
            value={draft.count}
            onInput={set("count")}
          />
        </label>
      </div>
      <details>
        <summary>{texts.more}</summary>
        <div class="fields">
          <label>
            {texts.model}
            <input list="models" value={draft.model} onInput={set("model")} />
            <datalist id="models">
              {table?.models.map((model) => <option key={model} value={model} />)}
            </datalist>
          </label>
          {table?.takesSeed && (
            <label>
              {texts.seed}
              <input type="number" min={0} value={draft.seed} onInput={set("seed")} />
            </label>
          )}
          {table?.takesNegativePrompt && (
            <label class="wide">
              {texts.negative}
              <input value={draft.negative} onInput={set("negative")} />
            </label>
          )}
        </div>
      </details>
      <References
        draft={draft}
        takesBase={table?.takesBase ?? false}
        isOffered={(table?.maxImages ?? 0) > 0}
        onAdd={add}
        onChange={onChange}
      />
      <p class="bad" role="alert">{problem}</p>
      <button type="submit" class="main" disabled={providers.length === 0}>{texts.generate}</button>
    </form>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly none: string;
  readonly value: string;
  readonly values: Readonly<Record<string, string>>;
  readonly onChange: (event: Event) => void;
}

/** One of a provider's words, or none of them. */
function Choice({ label, none, value, values, onChange }: ChoiceProps) {
  const isListed = value === "" || Object.hasOwn(values, value);
  return (
    <label>
      {label}
      <select value={value} onChange={onChange}>
        <option value="">{none}</option>
        {!isListed && <option value={value}>{value}</option>}
        {Object.entries(values).map(([name, note]) => (
          <option key={name} value={name}>
            {note && note !== name ? `${name} · ${note}` : name}
          </option>
        ))}
      </select>
    </label>
  );
}

interface ReferencesProps {
  readonly draft: Draft;
  readonly takesBase: boolean;
  readonly isOffered: boolean;
  readonly onAdd: (files: Iterable<File>) => void;
  readonly onChange: ComposerProps["onChange"];
}

function References({ draft, takesBase, isOffered, onAdd, onChange }: ReferencesProps) {
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
      <legend>{texts.references}</legend>
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
      <span class="quiet">{texts.dropHere}</span>
    </fieldset>
  );
}

/** Files that are dropped or pasted anywhere on the page. */
function useFilesFromOutside(add: (files: Iterable<File>) => void) {
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

function requestOf(draft: Draft): Omit<DrawingRequest, "key"> {
  const { prompt, provider, model, style, size, negative, seed, count, references } = draft;
  const words = { prompt, provider, model, style, resolution: size, negative_prompt: negative };
  return {
    args: {
      ...Object.fromEntries(Object.entries(words).filter(([, value]) => value.trim() !== "")),
      ...seed === "" ? {} : { seed: Number(seed) },
      n: Number(count),
    },
    images: references.map(({ id, role }) => ({ image: id, role })),
  };
}
