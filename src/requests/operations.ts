/** What can be asked for: a new operation is a row here and whatever a provider must do for it. */

import type { InputRole, Operation } from "../providers/provider.ts";

export interface OperationRules {
  /** What the server does, to follow "cannot". */
  readonly verb: string;
  /** Pictures that must come in. */
  readonly minImages: number;
  readonly maxImages: number;
  /** The roles of which there must be exactly one picture, where any comes in. */
  readonly single: readonly InputRole[];
}

export const OPERATIONS: Readonly<Record<Operation, OperationRules>> = {
  generate: { verb: "draw", minImages: 0, maxImages: 16, single: [] },
  edit: { verb: "edit", minImages: 1, maxImages: 16, single: ["base"] },
};
