/** Models that were trained on a person's pictures, by the names that they gave them. */

export interface TrainedModelRecord {
  /** Unique among its owner's. */
  readonly name: string;
  /** Who may draw with it: the name of the token that trained it; "" without tokens. */
  readonly owner: string;
  readonly provider: string;
  /** What the provider knows it by. */
  readonly model: string;
  /** What else a request for it must hold, by the provider's names. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly triggerWord: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

export interface ModelRecords {
  /** Writes a model, in place of one of the same name and owner. */
  save(model: TrainedModelRecord): Promise<void>;
  /** The model of that name where it is `owner`'s. */
  find(name: string, owner: string): Promise<TrainedModelRecord | undefined>;
  /** The newest models of an owner, newest first. */
  list(owner: string, limit: number): Promise<readonly TrainedModelRecord[]>;
  /** Calls a model `to` from now on; false where there is none, or `to` is another's name already. */
  rename(name: string, owner: string, to: string): Promise<boolean>;
  /** False where there is none. */
  remove(name: string, owner: string): Promise<boolean>;
}
