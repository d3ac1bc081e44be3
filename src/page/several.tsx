/** Many pictures of one sending: of each line, by each provider, in each style. */

import type { Draft } from "./batch.ts";
import { styleLabel } from "./labels.ts";
import type { ProviderTable } from "./server.ts";
import { texts } from "./texts.ts";

export interface SeveralProps {
  readonly providers: readonly ProviderTable[];
  readonly draft: Draft;
  readonly onChange: (change: (draft: Draft) => Draft) => void;
}

export function Several({ providers, draft, onChange }: SeveralProps) {
  const chosen = providers.filter(({ name }) =>
    draft.providers.length > 0 ? draft.providers.includes(name) : name === draft.provider
  );
  const drawing = chosen.length > 0 ? chosen : providers.slice(0, 1);
  const styles = Object.assign({}, ...drawing.map((table) => table.styles));
  const titles = Object.fromEntries(providers.map(({ name, title }) => [name, title]));
  return (
    <details class="several">
      <summary>{texts.several}</summary>
      <label class="check">
        <input
          type="checkbox"
          checked={draft.isByLine}
          onChange={() => onChange((before) => ({ ...before, isByLine: !before.isByLine }))}
        />
        {texts.byLine}
      </label>
      {providers.length > 1 && (
        <Choices
          label={texts.byEach}
          values={titles}
          chosen={draft.providers}
          onChange={(names) => onChange((before) => ({ ...before, providers: names }))}
        />
      )}
      <Choices
        label={texts.inEach}
        values={styles}
        chosen={draft.styles}
        onChange={(names) => onChange((before) => ({ ...before, styles: names }))}
      />
    </details>
  );
}

interface ChoicesProps {
  readonly label: string;
  /** Name → label. */
  readonly values: Readonly<Record<string, string>>;
  readonly chosen: readonly string[];
  readonly onChange: (chosen: readonly string[]) => void;
}

/** As many of these as one likes. */
function Choices({ label, values, chosen, onChange }: ChoicesProps) {
  const toggle = (name: string) =>
    onChange(chosen.includes(name) ? chosen.filter((each) => each !== name) : [...chosen, name]);
  // What is chosen stays in sight where another choice took it from the list.
  const names = [...new Set([...Object.keys(values), ...chosen])];
  if (names.length === 0) return null;
  return (
    <fieldset class="choices">
      <legend>{label}</legend>
      {names.map((name) => (
        <label class="check" key={name}>
          <input type="checkbox" checked={chosen.includes(name)} onChange={() => toggle(name)} />
          {styleLabel(values[name] || name)}
        </label>
      ))}
    </fieldset>
  );
}
