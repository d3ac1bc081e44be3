/** What is known of pictures that come in: which there are, and whose uploads they are. */

import type { FoundProvenance } from "../../images/provenance/read.ts";
import type { InputImageInfo } from "../../providers/provider.ts";

export interface InputRecords {
  /** Notes that these pictures came in, or came in again. */
  note(inputs: readonly InputImageInfo[], at: number): Promise<void>;
  /** Forgets pictures that last came in before `time`, and tells their hashes. */
  forgetBefore(time: number): Promise<readonly string[]>;
}

/** A place for one picture of a person's, and the picture once it has come. */
export interface UploadRecord {
  readonly id: string;
  /** Who may use it: the name of the token that asked for it; "" without tokens. */
  readonly owner: string;
  /** Milliseconds since 1970, as all times here. */
  readonly createdAt: number;
  /** Until when its link takes a picture. */
  readonly expiresAt: number;
  readonly picture?: UploadedPicture;
}

export interface UploadedPicture {
  readonly hash: string;
  readonly mediaType: string;
  readonly width: number;
  readonly height: number;
  readonly sizeBytes: number;
  /** What was lost when it came in, as sentences. */
  readonly changes: readonly string[];
  readonly receivedAt: number;
  /** What its file told of how it was made, which the kept picture has lost; absent where it told nothing. */
  readonly told?: FoundProvenance;
}

export interface NewUpload extends Omit<UploadRecord, "picture"> {
  /** The SHA-256 of what makes its link secret, in hex; absent where it has no link. */
  readonly linkHash?: string;
}

/** Times before which uploads are forgotten. */
export interface OldUploads {
  /** Of those that nothing was made from: when they were asked for. */
  readonly unused: number;
  /** Of the others: when something was made from them last. */
  readonly used: number;
}

export interface UploadRecords {
  /**
   * Makes a place for a picture; false where the owner has `most` unused pictures and open links
   * already.
   */
  add(upload: NewUpload, most: number): Promise<boolean>;
  /** The upload of that id where it is `owner`'s. */
  find(id: string, owner: string): Promise<UploadRecord | undefined>;
  /** The upload that a link leads to, whoever has the link. */
  findLink(linkHash: string): Promise<UploadRecord | undefined>;
  /** Gives an upload its picture; false where it has one, or its link expired before `receivedAt`. */
  receive(id: string, picture: UploadedPicture): Promise<boolean>;
  /** Notes that something was made from it. */
  noteUse(id: string, owner: string, at: number): Promise<void>;
  /**
   * Forgets old uploads, and the inputs of those that nothing was made from, unless the same
   * picture came in again since; tells the hashes of these.
   */
  forgetBefore(old: OldUploads): Promise<readonly string[]>;
}
