/** What a tool answered, as pictures to look at and to work on. */

import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { type Answer, type Picture, readAnswer } from "./answer.ts";
import { connectHost, type Host, type HostContext } from "./host.ts";
import { OpenedPicture } from "./opened_picture.tsx";
import { Prompt } from "./prompt.tsx";
import { messageOf, SharedContext } from "./shared.ts";
import { textsFor } from "./texts.ts";
import { applyContext } from "./theme.ts";
import { useDrawings } from "./use_drawings.ts";
import { useJobOfCall } from "./use_job_of_call.ts";
import { useSize } from "./use_size.ts";
import { useSources } from "./use_sources.ts";

type Stage = "connecting" | "silent" | "working" | "cancelled" | "answered";

export function View({ root }: { readonly root: HTMLElement }) {
  const [stage, setStage] = useState<Stage>("connecting");
  const [host, setHost] = useState<Host>();
  const [context, setContext] = useState<HostContext>({});
  const [input, setInput] = useState<Readonly<Record<string, unknown>>>({});
  /** Whether those are all of them. */
  const [isWhole, setWhole] = useState(false);
  const [answers, setAnswers] = useState<readonly Answer[]>([]);
  const [reason, setReason] = useState("");
  const [openedId, setOpenedId] = useState<string>();
  const [chosenId, setChosenId] = useState<string>();
  const [isEditing, setEditing] = useState(false);
  const gone = useMemo(() => new AbortController(), []);
  const thumbs = useRef<HTMLUListElement>(null);

  const texts = useMemo(() => textsFor(context.locale ?? navigator.language), [context.locale]);
  const pictures = useMemo(() => withoutDoubles(answers.flatMap((each) => each.pictures)), [
    answers,
  ]);
  const isEditingNow = useRef(isEditing);
  isEditingNow.current = isEditing;
  const opened = pictures.find(({ id }) => id === openedId);
  const sourceOf = useSources(host, pictures);
  const add = (answer: Answer) => {
    setAnswers((before) => [...before, answer]);
    const [first] = answer.pictures;
    if (first && answer.pictures.length === 1 && !isEditingNow.current) setOpenedId(first.id);
  };
  const { running, made, draw, finish, stop } = useDrawings(host, gone.signal, add);
  useSize(host, root, context);

  // Hosts hide a view until it has introduced itself, and what is hidden is never painted.
  useLayoutEffect(() => {
    let prompt = "";
    const silence = setTimeout(() => setStage("silent"), SILENCE_MS);
    connectHost({
      onInput: (args, isWhole) => {
        setInput(args);
        setWhole(isWhole);
        prompt = String(args.prompt ?? "");
        setStage((before) => before === "answered" ? before : "working");
      },
      onResult: (result) => {
        const answer = readAnswer(result, prompt);
        setAnswers([answer]);
        setOpenedId(answer.pictures.length === 1 ? answer.pictures[0]!.id : undefined);
        setStage("answered");
      },
      onCancelled: (words) => {
        setReason(words);
        setStage("cancelled");
      },
      onContext: (change) => setContext((before) => ({ ...before, ...change })),
      onTeardown: () => gone.abort(),
    }).then((answered) => {
      setHost(answered);
      setStage((before) => before === "silent" ? "connecting" : before);
    }, (error) => {
      setReason(messageOf(error));
      setStage("silent");
    }).finally(() => clearTimeout(silence));
  }, []);
  useEffect(() => applyContext(context, root), [context]);
  // The tool gave up waiting; the view does not.
  useEffect(() => {
    if (host?.can.callTools) answers[0]?.jobs.forEach((job) => void finish(job));
  }, [host, answers[0]]);
  useEffect(() => {
    const words = [...chosenId ? [`The user chose picture ${chosenId}`] : [], ...made].join(". ");
    if (words !== "" && host?.can.tellModel) {
      host.tellModel(`In the view: ${words}`).catch(() => {});
    }
  }, [host, chosenId, made]);

  const choose = async (picture: Picture) => {
    const isChosen = picture.id === chosenId;
    setChosenId(isChosen ? undefined : picture.id);
    if (!isChosen && !host?.can.tellModel) await host?.say(`I choose picture ${picture.id}`);
  };
  const open = (id: string | undefined) => {
    setEditing(false);
    setOpenedId(id);
  };
  const close = () => {
    const at = pictures.findIndex(({ id }) => id === openedId);
    open(undefined);
    setTimeout(() => thumbs.current?.querySelectorAll("button")[at]?.focus());
  };
  const step = (by: number) => {
    const at = pictures.findIndex(({ id }) => id === openedId);
    const next = pictures[at + by];
    if (next) open(next.id);
  };
  const cursor = answers.at(-1)?.cursor;
  const more = async () => {
    try {
      const args = { ...input, cursor };
      setAnswers([...answers, readAnswer(await host!.callTool("search_images", args))]);
    } catch (error) {
      const message = messageOf(error);
      setAnswers([...answers, {
        pictures: [],
        jobs: [],
        notes: [],
        cursor,
        error: { code: "", message },
      }]);
    }
  };
  const about = typeof input.prompt === "string" ? input.prompt : "";
  const jobOfCall = useJobOfCall(host, stage === "working" && isWhole, about);
  const errors = answers.flatMap(({ error }) => error?.message ?? []);
  const notes = [...new Set(answers.flatMap((each) => each.notes))];
  const isEmpty = stage === "answered" && pictures.length + errors.length + running.length === 0;

  return (
    <SharedContext.Provider value={{ texts, host }}>
      <main aria-label={texts.view} aria-busy={stage === "working"}>
        <h1 class="unseen">{texts.view}</h1>
        {stage === "connecting" && <p class="quiet">{texts.connecting}</p>}
        {stage === "silent" && (
          <>
            <p role="status">{texts.silent}</p>
            <p class="quiet">{reason}</p>
          </>
        )}
        {stage === "working" && (
          <Progress
            words={jobOfCall?.message || texts.working}
            about={about}
            onStop={jobOfCall && host?.can.callTools ? () => stop(jobOfCall.id) : undefined}
            stopWords={texts.stop}
          />
        )}
        {stage === "cancelled" && (
          <p role="status">{[texts.cancelled, reason].filter(Boolean).join(": ")}</p>
        )}
        {isEmpty && <p role="status">{texts.nothing}</p>}
        {errors.map((message) => <p key={message} role="alert" class="bad">{message}</p>)}
        {opened && (
          <OpenedPicture
            key={opened.id}
            picture={opened}
            look={sourceOf(opened)}
            context={context}
            isChosen={opened.id === chosenId}
            isEditing={isEditing}
            hasOthers={pictures.length > 1}
            onEditing={setEditing}
            onChoose={choose}
            onClose={close}
            onStep={step}
            onDraw={draw}
          />
        )}
        {pictures.length > 1 && (
          <ul class="thumbs" ref={thumbs}>
            {pictures.map((picture) => (
              <li key={picture.id}>
                <button
                  type="button"
                  aria-expanded={picture.id === openedId}
                  onClick={() => open(picture.id)}
                >
                  <span class="unseen">{texts.enlarge}:</span>
                  {sourceOf(picture)
                    ? <img src={sourceOf(picture)} alt={picture.about} />
                    : <span class="words">{picture.about}</span>}
                  <span class="facts">
                    {picture.id === chosenId && <b>✓ {texts.chosen}</b>}
                    {picture.facts}
                  </span>
                </button>
              </li>
            ))}
          </ul>
        )}
        {running.map(({ key, about, message, job }) => (
          <Progress
            key={key}
            words={message || texts.working}
            about={about}
            onStop={job === undefined ? undefined : () => stop(job)}
            stopWords={texts.stop}
          />
        ))}
        {cursor !== undefined && host?.can.callTools && (
          <button type="button" onClick={more}>{texts.more}</button>
        )}
        {notes.map((note) => <p key={note} class="quiet">{note}</p>)}
      </main>
    </SharedContext.Provider>
  );
}

/** A bar that moves, and for how long it has. */
function Progress({ words, about, onStop, stopWords }: {
  readonly words: string;
  readonly about: string;
  readonly onStop?: () => void;
  readonly stopWords?: string;
}) {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const clock = setInterval(() => setSeconds((before) => before + 1), 1000);
    return () => clearInterval(clock);
  }, []);
  return (
    <div class="progress">
      <Prompt text={about} />
      <progress aria-label={words} />
      <p class="row">
        <span role="status">{words}</span>
        <span class="quiet" aria-hidden="true">{seconds} s</span>
        {onStop && <button type="button" onClick={onStop}>{stopWords}</button>}
      </p>
    </div>
  );
}

function withoutDoubles(pictures: readonly Picture[]): readonly Picture[] {
  return [...new Map(pictures.map((picture) => [picture.id, picture])).values()];
}

/** A host that says nothing for so long, in milliseconds, most likely never will. */
const SILENCE_MS = 10_000;
