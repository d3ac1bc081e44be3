/** What is known beside the pictures' bytes: each a small table of verbs. */

import type { ErrorCode } from "../../errors.ts";
import type { Cost, Operation } from "../../providers/provider.ts";
import type { Plan } from "../../requests/request.ts";
import type { AuthorizationRecords } from "./authorization_records.ts";
import type { BatchRecords } from "./batch_records.ts";
import type { CommonRecords } from "./common_records.ts";
import type { ModelRecords } from "./model_records.ts";
import type { TableRecords } from "./table_records.ts";
import type { TurnRecords } from "./turn_records.ts";
import type { InputRecords, UploadRecords } from "./upload_records.ts";

export type * from "./upload_records.ts";

export interface Records {
  readonly images: ImageRecords;
  readonly jobs: JobRecords;
  readonly batches: BatchRecords;
  readonly inputs: InputRecords;
  readonly uploads: UploadRecords;
  readonly models: ModelRecords;
  readonly authorization: AuthorizationRecords;
  /** Absent where no other server shares them. */
  readonly common?: CommonRecords;
  /** The same records as rows, to be carried elsewhere. */
  readonly tables: TableRecords;
  /** Absent where no other server shares them. */
  readonly turns?: TurnRecords;
  /** False where they live in memory only, since nothing else would hold them. */
  readonly isDurable: boolean;
  close(): Promise<void>;
}

/** The records were written by a newer server, which alone knows how to keep them whole. */
export class RecordsTooNew extends Error {}

// ---- Images

/** A picture as it is known; never the bytes. */
export interface ImageRecord {
  readonly id: string;
  /** Who may see it: the name of a token, "" without tokens; null for everybody. */
  readonly owner: string | null;
  readonly provider: string;
  readonly model: string;
  readonly mediaType: string;
  readonly sizeBytes: number;
  readonly width: number | null;
  readonly height: number | null;
  readonly seed: number | null;
  readonly revisedPrompt: string | null;
  /** Its name in the image store; null when the picture could not be saved. */
  readonly fileName: string | null;
  /** Where its file lies instead, an absolute path, when it was imported in place. */
  readonly originalPath?: string;
  /** What could not be kept of it, the file or only its record; null when all is well. */
  readonly saveError: string | null;
}

/** How a picture came to be: asked of a vendor, made here of another or of an SVG, or brought along. */
export type PictureOperation = Operation | "transform" | "render" | "import";

/** What is kept of a request beside its picture. */
export interface ImageSource {
  readonly operation: PictureOperation;
  readonly prompt: string;
  /** The ids or hashes of the pictures it was made from. */
  readonly parents: readonly string[];
  /** Everything else that was asked for, in the provider's terms. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly usage?: Readonly<Record<string, unknown>>;
  readonly cost?: Cost;
}

/** A picture in a list. */
export interface ImageSummary {
  readonly id: string;
  /** Its place in the order in which pictures were saved. */
  readonly position: number;
  readonly fileName: string;
  readonly originalPath?: string;
  readonly provider: string;
  readonly model: string;
  readonly width: number | null;
  readonly height: number | null;
  /** Its first 200 characters. */
  readonly prompt: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly notes: ImageNotes;
}

/** What its owner has noted of a picture. */
export interface ImageNotes {
  readonly title: string | null;
  readonly tags: readonly string[];
  readonly isFavorite: boolean;
}

/** Which pictures are looked for; all that is given must be true of one. */
export interface ImageFilter {
  /** Every word of it, or the part of one, stands in the prompt, the revised prompt, the title, a tag or the style. */
  readonly query?: string;
  readonly provider?: string;
  readonly model?: string;
  readonly style?: string;
  readonly tag?: string;
  readonly isFavorite?: boolean;
  /** The id of a picture that it was made from. */
  readonly parent?: string;
  /** When it was made, in milliseconds since 1970: at `since` or later, and before `until`. */
  readonly since?: number;
  readonly until?: number;
  /** Whether those in the trash are looked for, and no others. */
  readonly isTrashed?: boolean;
}

/** A page of a list: the newest before `before`, at most `limit` of them. */
export interface Page {
  readonly limit: number;
  /** The position of the last picture of the page before. */
  readonly before?: number;
}

/** A picture that nobody has said is to be kept, and whose file is the library's own. */
export interface SparePicture {
  readonly id: string;
  readonly owner: string | null;
  readonly sizeBytes: number;
}

/** Both as of one moment, whatever other servers remove meanwhile. */
export interface SparePictures {
  /** Of all pictures there are. */
  readonly totalBytes: number;
  readonly pictures: readonly SparePicture[];
}

export interface ImageRecords {
  /** Writes a record, in place of one of the same id. */
  save(image: ImageRecord & { readonly fileName: string }, source: ImageSource): Promise<void>;
  /** The picture of that id where `owner` may see it, it was made at `since` or later and is not in the trash. */
  find(id: string, owner: string, since: number): Promise<ImageRecord | undefined>;
  /** What was asked for when the picture of that id was made, where `owner` may see it. */
  findSource(id: string, owner: string): Promise<ImageSource | undefined>;
  /** The picture of that file name; `owner` undefined stands for anybody who knows the name. */
  findFile(fileName: string, owner: string | undefined): Promise<ImageRecord | undefined>;
  /** What an owner may see, the last saved first. */
  list(owner: string, page: Page): Promise<readonly ImageSummary[]>;
  /** Those that a filter lets through, the last saved first. */
  search(filter: ImageFilter, owner: string, page: Page): Promise<readonly ImageSummary[]>;
  /** Pictures of these ids that `owner` may see, in the trash or not, in the order of the ids. */
  summaries(ids: readonly string[], owner: string): Promise<readonly ImageSummary[]>;
  /** Notes something of a picture that is `owner`'s alone or everybody's; false where there is none. */
  annotate(id: string, owner: string, notes: Partial<ImageNotes>): Promise<boolean>;
  /** Puts a picture into the trash, or takes it out again where `at` is null; false where there is none. */
  trash(id: string, owner: string, at: number | null): Promise<boolean>;
  /** Forgets a picture; tells its file, which is to be removed then. */
  remove(id: string, owner: string): Promise<string | undefined>;
  /** The ids and owners of pictures that came into the trash before `time`, at most `limit`. */
  trashedBefore(
    time: number,
    limit: number,
  ): Promise<readonly { readonly id: string; readonly owner: string | null }[]>;
  /** Pictures that were made before `time` and are neither favourites nor in the trash, the oldest first. */
  madeBefore(time: number, limit: number): Promise<readonly SparePicture[]>;
  /** What may go where all takes too much: first what is in the trash, then the oldest; no favourites. */
  spare(limit: number): Promise<SparePictures>;
  /** The tags that `owner` has given, the most used first. */
  tags(owner: string, limit: number): Promise<readonly string[]>;
  /** Puts what searches read into the order in which they read it fastest, a little at a time. */
  tidy(signal: AbortSignal): Promise<void>;
}

// ---- Jobs

/** Where a job is; the last four are ends. */
export type JobState =
  | "queued"
  | "running"
  | "accepted"
  | "finished"
  | "failed"
  | "cancelled"
  | "interrupted";

export const ACTIVE_STATES: readonly JobState[] = ["queued", "running", "accepted"];

/** Whether a job in this state is not over yet. */
export function isActive(state: JobState): boolean {
  return ACTIVE_STATES.includes(state);
}

/** One call to a provider, for one or more pictures. */
export interface ProviderCall {
  readonly provider: string;
  /** The ids its pictures will have, so that fetching them twice stores them once. */
  readonly imageIds: readonly string[];
  /**
   * "sent": the vendor may have it and may charge; "failed": the vendor surely ended it.
   * Where nobody knows how it ended at the vendor, it stays "sent" or "accepted".
   */
  state: "waiting" | "sent" | "accepted" | "stored" | "failed";
  /** What the provider needs to ask the vendor again. */
  ticket?: string;
}

/** How a job ended: with pictures, with a trained model, or with an error. */
export interface JobOutcome {
  readonly imageIds: readonly string[];
  /** The name of the model that was trained in place of pictures. */
  readonly model?: string;
  readonly warnings: readonly string[];
  readonly error?: {
    readonly code: ErrorCode;
    readonly message: string;
    readonly details: Readonly<Record<string, unknown>>;
  };
}

export interface JobRecord {
  readonly id: string;
  /** Who may see it: the name of the token that made it; "" without tokens. */
  readonly owner: string;
  /** The id of the batch that it is an item of. */
  readonly batch?: string;
  readonly plan: Plan;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  state: JobState;
  provider: string;
  /** What it is doing now, for people. */
  message: string;
  readonly calls: ProviderCall[];
  outcome?: JobOutcome;
}

/** A job in a list. */
export type JobSummary =
  & Pick<JobRecord, "id" | "owner" | "state" | "provider" | "message" | "createdAt">
  & {
    /** Its first 200 characters. */
    readonly prompt: string;
    readonly imageIds: readonly string[];
  };

export interface JobRecords {
  /**
   * Writes the job as it is by the time it can; `server` is the lease of the one that runs it. False
   * where another has taken it over.
   */
  save(job: JobRecord, server: string): Promise<boolean>;
  /** The job of that id where `owner` may see it. */
  find(id: string, owner: string): Promise<JobRecord | undefined>;
  /**
   * The newest jobs of an owner, newest first, in one of `states` where they are given; none that
   * are of a batch.
   */
  list(
    owner: string,
    limit: number,
    states?: readonly JobState[],
  ): Promise<readonly JobSummary[]>;
  /** Every server with unfinished jobs, dead or alive. */
  serversAtWork(): Promise<readonly string[]>;
  unfinishedOf(server: string): Promise<readonly JobRecord[]>;
  /**
   * Takes a job over from a dead server; false when another was faster, or the calls are not as
   * `job` has them: then that server lives, and may have asked a vendor since they were read.
   */
  claim(job: Pick<JobRecord, "id" | "calls">, from: string, to: string): Promise<boolean>;
  /** Asks whichever server runs the job to cancel it. */
  requestCancel(id: string): Promise<void>;
  /** The unfinished jobs of a server that somebody wants cancelled. */
  cancelRequests(server: string): Promise<readonly string[]>;
  /** Forgets jobs that nothing has happened to since `time`; their pictures stay. */
  forgetBefore(time: number): Promise<void>;
}

/** The beginning of a prompt, as lists show it. */
export function promptBeginning(prompt: string): string {
  return prompt.slice(0, 200);
}
