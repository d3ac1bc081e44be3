/** What goes into the gaps of the prompt, or of a template: a value a line, each drawn with every other. */

import { useState } from "preact/hooks";
import { type Draft, gapsIn } from "./batch.ts";
import { listTemplates, type Template } from "./batches.ts";
import { messageOf } from "./message_of.ts";
import { texts } from "./texts.ts";

export interface GapsProps {
  readonly draft: Draft;
  readonly onChange: (change: (draft: Draft) => Draft) => void;
}

export function Gaps({ draft, onChange }: GapsProps) {
  const [templates, setTemplates] = useState<readonly Template[]>();
  const [problem, setProblem] = useState("");
  const load = () => {
    if (templates) return;
    listTemplates().then(setTemplates, (error) => setProblem(messageOf(error)));
  };
  const chosen = templates?.find(({ name }) => name === draft.template);
  const gaps: Template["variables"] = chosen
    ? chosen.variables
    : gapsIn(draft.prompt).map((name) => ({ name, description: "" }));
  return (
    <details class="gaps" onToggle={load}>
      <summary>{texts.templates}</summary>
      <label>
        {texts.template}
        <select
          value={draft.template}
          onChange={({ currentTarget }) => {
            const template = (currentTarget as HTMLSelectElement).value;
            onChange((before) => ({ ...before, template, values: {} }));
          }}
        >
          <option value="">{texts.noTemplate}</option>
          {templates?.map(({ name, title }) => <option key={name} value={name}>{title}</option>)}
        </select>
      </label>
      <p class="bad" role="alert">{problem}</p>
      <p class="quiet">{chosen ? chosen.description : texts.gapsHelp}</p>
      {gaps.length > 0 && <p class="quiet">{texts.valuesHelp}</p>}
      <div class="fields">
        {gaps.map(({ name, description, default: usual, choices = [] }) => (
          <label key={name} title={choices.join(", ")}>
            <strong>{name}</strong> <span class="quiet">{description}</span>
            <textarea
              rows={2}
              placeholder={usual}
              value={draft.values[name] ?? ""}
              onInput={({ currentTarget }) => {
                const { value } = currentTarget as HTMLTextAreaElement;
                onChange((before) => ({ ...before, values: { ...before.values, [name]: value } }));
              }}
            />
          </label>
        ))}
      </div>
    </details>
  );
}
