/** The whole page: signing in, what is asked for, what is being drawn, and the gallery. */

import { useCallback, useEffect, useState } from "preact/hooks";
import { BatchRows } from "./batch_rows.tsx";
import { Compare } from "./compare.tsx";
import type { Draft } from "./batch.ts";
import { Composer, EMPTY_DRAFT } from "./composer.tsx";
import { Drawings } from "./drawings.tsx";
import { Gallery } from "./gallery.tsx";
import { MaskEditor } from "./mask_editor.tsx";
import { PictureView } from "./picture_view.tsx";
import { SignIn } from "./sign_in.tsx";
import {
  EVERY_PICTURE,
  isSignedOut,
  listPictures,
  move,
  type Picture,
  type PictureList,
  signOut,
  type Start,
  start as readStart,
  type Summary,
} from "./server.ts";
import { otherLanguage, texts } from "./texts.ts";
import { useDrawings } from "./use_drawings.ts";
import { usePictures } from "./use_pictures.ts";

export function Studio() {
  const [session, setSession] = useState<Session | "signed out" | "network" | undefined>();
  const enter = useCallback(() => {
    const both = Promise.all([readStart(), listPictures(EVERY_PICTURE, null)]);
    both.then(([about, first]) => setSession({ ...about, first })).catch((error) =>
      setSession(isSignedOut(error) ? "signed out" : "network")
    );
  }, []);
  useEffect(enter, []);
  if (session === undefined) return null;
  if (session === "network") {
    return (
      <main>
        <p role="alert">{texts.network}</p>
      </main>
    );
  }
  if (session === "signed out") return <SignIn onEntered={enter} />;
  return <Workplace session={session} onSignedOut={() => setSession("signed out")} />;
}

/** What is needed for the first view, asked for at once. */
interface Session extends Start {
  readonly first: PictureList;
}

type Shown =
  | { readonly what: "picture" | "mask"; readonly id: string }
  | { readonly what: "compare" }
  | undefined;

function Workplace({ session, onSignedOut }: { session: Session; onSignedOut: () => void }) {
  const [draft, setDraft] = useState<Draft>(EMPTY_DRAFT);
  const [selected, setSelected] = useState<readonly Summary[]>([]);
  const [shown, setShown] = useState<Shown>();
  const gallery = usePictures(session.first, onSignedOut);

  const { drawings, batches, start, send, ...drawing } = useDrawings(gallery.refresh, onSignedOut);

  const vary = (picture: Picture) => {
    setShown(undefined);
    setDraft(draftOf(picture));
    requestAnimationFrame(() => document.querySelector<HTMLElement>("#prompt")?.focus());
  };

  return (
    <>
      <header>
        <h1>{texts.title}</h1>
        <span class="quiet">mcp-image-server {session.version}</span>
        <nav>
          <a href={`?lang=${otherLanguage}`} lang={otherLanguage}>{texts.language}</a>
          {session.owner && (
            <button
              class="plain"
              type="button"
              onClick={() => signOut().then(onSignedOut)}
            >
              {texts.signOut}
            </button>
          )}
        </nav>
      </header>
      <main>
        {session.providers.length === 0 && <p role="alert">{texts.noProvider}</p>}
        <Composer
          providers={session.providers}
          draft={draft}
          onChange={setDraft}
          onSend={(sending) => send(sending, draft.template)}
        />
        <BatchRows batches={batches} onChanged={drawing.look} onDismiss={drawing.dismissBatch} />
        <Drawings drawings={drawings} onDismiss={drawing.dismiss} onCancel={drawing.cancel} />
        <Gallery
          {...gallery}
          providers={session.providers}
          selected={selected}
          onSelect={setSelected}
          onOpen={(id) => setShown({ what: "picture", id })}
          onMove={async (verb) => {
            await move(verb, selected.map(({ id }) => id));
            setSelected([]);
            await gallery.reload();
          }}
          onCompare={() => setShown({ what: "compare" })}
        />
      </main>
      {shown?.what === "picture" && (
        <PictureView
          key={shown.id}
          id={shown.id}
          pictures={gallery.pictures}
          onShow={(id) => setShown({ what: "picture", id })}
          onClose={() => setShown(undefined)}
          onAgain={(picture) => {
            setShown(undefined);
            start([{ args: { prompt: picture.source?.prompt ?? "" }, again: picture.id }]);
          }}
          onVary={vary}
          onNoted={gallery.reload}
          onTrash={async () => {
            await move("trash", [shown.id]);
            setShown(undefined);
            await gallery.reload();
          }}
          onEdit={() => setShown({ what: "mask", id: shown.id })}
          onMade={(id) => {
            void gallery.refresh();
            setShown({ what: "picture", id });
          }}
        />
      )}
      {shown?.what === "mask" && (
        <MaskEditor
          id={shown.id}
          providers={session.providers}
          onClose={() => setShown({ what: "picture", id: shown.id })}
          onSend={(request) => {
            setShown(undefined);
            start([request]);
          }}
        />
      )}
      {shown?.what === "compare" && (
        <Compare
          pictures={selected}
          onClose={() => setShown(undefined)}
        />
      )}
    </>
  );
}

/** The request that a picture was made with, as the form shows it. */
function draftOf({ provider, seed, source }: Picture): Draft {
  const { style, size, model, negativePrompt } = source?.parameters ?? {};
  const text = (value: unknown) => typeof value === "string" ? value : "";
  return {
    ...EMPTY_DRAFT,
    prompt: source?.prompt ?? "",
    provider,
    style: text(style),
    size: text(size),
    model: text(model),
    negative: text(negativePrompt),
    seed: seed === null ? "" : String(seed),
  };
}
