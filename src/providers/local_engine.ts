/** How a provider tells an engine that draws on this machine: a part of its definition. */

/** An engine that people run on their own machine, and how it is told from whatever else answers there. */
export interface LocalEngine {
  /** As MCP_LOCAL_ENGINES names it, in small letters. */
  readonly name: string;
  /** The ports of 127.0.0.1 at which it listens where nobody says otherwise. */
  readonly ports: readonly number[];
  /**
   * Whether what answers is this engine; undefined where it is something else. It asks little and
   * nothing that costs: all looks together get a quarter of a second.
   */
  readonly recognise: (look: Look) => Promise<RecognisedEngine | undefined>;
}

/** What answers at one address of this machine. */
export interface Look {
  /** Such as http://127.0.0.1:7860, without a slash at the end. */
  readonly url: string;
  /** What comes to GET `path`, such as "/version"; undefined where nothing does, or too much or too late. */
  readonly get: (path: string) => Promise<LookAnswer | undefined>;
}

export interface LookAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** The parsed JSON, or undefined where the body is none. */
  readonly json: unknown;
}

/** An engine as it was found: it draws with these settings, or lacks something first. */
export interface RecognisedEngine {
  /** Its name for people, such as "SD.Next". */
  readonly title: string;
  /** Values for the provider's variables that make it draw there; they win over what is set. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Where it cannot draw as it is: what to do, as a sentence that says what to set or how to start it. */
  readonly advice?: string;
}
