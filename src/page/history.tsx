/** What a picture was made from, and what was made from it. */

import { useEffect, useState } from "preact/hooks";
import { messageOf } from "./message_of.ts";
import { findHistory, type History, type Relative, thumbnailOf } from "./server.ts";
import { texts } from "./texts.ts";

export interface HistoryTreeProps {
  readonly id: string;
  readonly onShow: (id: string) => void;
}

/** Nothing where it was made from nothing, and nothing of it. */
export function HistoryTree({ id, onShow }: HistoryTreeProps) {
  const [history, setHistory] = useState<History>();
  const [problem, setProblem] = useState("");
  useEffect(() => {
    findHistory(id).then(setHistory, (error) => setProblem(messageOf(error)));
  }, [id]);
  if (!history) return <p class="bad">{problem}</p>;
  const { image, parents, children } = history;
  return (
    <>
      {parents.length > 0 && (
        <section class="history" aria-label={texts.madeOf}>
          <h3>{texts.madeOf}</h3>
          <Parents of={image} known={parents} onShow={onShow} />
        </section>
      )}
      {children.length > 0 && (
        <section class="history" aria-label={texts.becameOf}>
          <h3>{texts.becameOf}</h3>
          <ul>
            {children.map((each) => (
              <li key={each.id}>
                <Link to={each} onShow={onShow} />
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

interface ParentsProps {
  readonly of: Relative;
  readonly known: readonly Relative[];
  readonly onShow: (id: string) => void;
}

/** Each with what it was made from itself. */
function Parents({ of, known, onShow }: ParentsProps) {
  const parents = known.filter(({ id }) => of.parents.includes(id));
  if (parents.length === 0) return null;
  const others = known.filter((each) => !parents.includes(each));
  return (
    <ul>
      {parents.map((each) => (
        <li key={each.id}>
          <Link to={each} onShow={onShow} />
          <Parents of={each} known={others} onShow={onShow} />
        </li>
      ))}
    </ul>
  );
}

function Link({ to, onShow }: { to: Relative; onShow: (id: string) => void }) {
  const { id, prompt, provider } = to;
  return (
    <button type="button" class="plain relative" onClick={() => onShow(id)}>
      <img src={thumbnailOf(id)} alt="" />
      <span>{prompt || id} · {provider}</span>
    </button>
  );
}
