/** The form that asks for a picture, built from the providers' own tables. */

import { useState } from "preact/hooks";
import { type Draft, MOST_PICTURES, type Sending, sendingOf } from "./batch.ts";
import { sizeLabel, styleLabel } from "./labels.ts";
import { messageOf } from "./message_of.ts";
import { Gaps } from "./gaps.tsx";
import { References, useFilesFromOutside } from "./references.tsx";
import { type ProviderTable, upload } from "./server.ts";
import { Several } from "./several.tsx";
import { texts } from "./texts.ts";

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
  isByLine: false,
  providers: [],
  styles: [],
  template: "",
  values: {},
};

export interface ComposerProps {
  readonly providers: readonly ProviderTable[];
  readonly draft: Draft;
  readonly onChange: (change: (draft: Draft) => Draft) => void;
  /** @throws {ServerError} that says why a batch was not begun. */
  readonly onSend: (sending: Sending) => Promise<void>;
}

export function Composer({ providers, draft, onChange, onSend }: ComposerProps) {
  const [problem, setProblem] = useState("");
  const [isSending, setSending] = useState(false);
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

  const longest = table?.maxPromptLength ?? LONGEST_PROMPT;
  const sending = sendingOf(draft, providers);
  const { requests, isBatch, count } = sending;
  const trouble = isBatch && count > MOST_PICTURES
    ? texts.tooMuch(count, MOST_PICTURES)
    : isBatch && draft.references.length > 0
    ? texts.noReferences
    : "";
  const send = async (event: Event) => {
    event.preventDefault();
    if (requests.length === 0 || trouble || isSending) return;
    setProblem("");
    setSending(true);
    await onSend(sending).catch((error) => setProblem(messageOf(error)));
    setSending(false);
  };

  return (
    <form class="composer" onSubmit={send}>
      <label for="prompt" class="lead">{texts.prompt}</label>
      <textarea
        id="prompt"
        rows={2}
        required={draft.template === ""}
        maxLength={longest * (draft.isByLine ? MOST_PICTURES : 1)}
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
          title={texts.style}
          none={texts.noStyle}
          value={draft.style}
          values={table?.styles ?? {}}
          label={styleLabel}
          onChange={set("style")}
        />
        <Choice
          title={texts.size}
          none={texts.usualSize}
          value={draft.size}
          values={table?.sizes ?? {}}
          label={sizeLabel}
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
      <div class="options">
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
        <Several providers={providers} draft={draft} onChange={onChange} />
        <Gaps draft={draft} onChange={onChange} />
      </div>
      <p class="bad" role="alert">{problem}</p>
      <p class="bad" role="status">{trouble}</p>
      <div class="send">
        <References
          draft={draft}
          takesBase={table?.takesBase ?? false}
          isOffered={(table?.maxImages ?? 0) > 0}
          onAdd={add}
          onChange={onChange}
        />
        <button
          type="submit"
          class="main"
          disabled={providers.length === 0 || trouble !== "" || isSending}
        >
          {count > 1 ? texts.generateAll(count) : texts.generate}
        </button>
        {isBatch && <p class="quiet">{texts.inBackground}</p>}
      </div>
    </form>
  );
}

interface ChoiceProps {
  readonly title: string;
  readonly none: string;
  readonly value: string;
  /** Name → note. */
  readonly values: Readonly<Record<string, string>>;
  readonly label: (note: string, name: string) => string;
  readonly onChange: (event: Event) => void;
}

/** One of a provider's words, or none of them. */
function Choice({ title, none, value, values, label, onChange }: ChoiceProps) {
  const isListed = value === "" || Object.hasOwn(values, value);
  return (
    <label>
      {title}
      <select value={value} onChange={onChange}>
        <option value="">{none}</option>
        {!isListed && <option value={value}>{value}</option>}
        {Object.entries(values).map(([name, note]) => (
          <option key={name} value={name}>{label(note, name)}</option>
        ))}
      </select>
    </label>
  );
}

/** In characters, where no provider says it. */
const LONGEST_PROMPT = 20_000;
