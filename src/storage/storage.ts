/** Everything that outlives a process: files, records, and which servers are alive. */

import type { Announcements } from "./announcements.ts";
import type { ImageStore } from "./image_store.ts";
import type { Records } from "./records/records.ts";

export interface Storage {
  readonly images: ImageStore;
  /** Pictures that came in, by their hash. */
  readonly inputs: ImageStore;
  /** Whether other machines look after what this server leaves, so that nothing may go unrecorded. */
  readonly isShared: boolean;
  /** A folder of this machine for smaller copies, which can be made again and may be deleted. */
  readonly previewDirectory: string;
  readonly lease: ServerLease;
  /** What servers tell each other; heard by this process alone where the storage is not shared. */
  readonly announcements: Announcements;
  /**
   * The records, opened at first use.
   * @throws {RecordsTooNew}
   * @throws while others hold them for too long.
   */
  records(): Promise<Records>;
  /** Whether any server has ever kept records here; asking opens nothing. */
  hasRecords(): Promise<boolean>;
  close(): Promise<void>;
}

/** One server process among those that share a storage. */
export interface ServerLease {
  readonly id: string;
  /** Others see this server alive from now until the process ends, however it ends. @throws where nothing can hold it. */
  announce(): Promise<void>;
  /**
   * Runs `work` when the server `id` is dead, and sees to it that only one server at a time does;
   * does nothing while it lives.
   */
  recover(id: string, work: () => Promise<void>): Promise<void>;
  /** Forgets dead servers but `except`, who still have something to recover. */
  forgetDead(except: ReadonlySet<string>): Promise<void>;
  release(): Promise<void>;
}

/** What is known, and who is alive, in a place that many machines share. */
export interface SharedRecords {
  readonly lease: ServerLease;
  readonly announcements: Announcements & { close(): Promise<void> };
  /** @throws {RecordsTooNew} @throws where the place cannot be reached; the next use tries again. */
  records(): Promise<Records>;
}
