/** The batches of whoever looks at the page: how far they are, and beginning, cancelling and repeating them. */

import { checkItems, everyCombination } from "../../mcp/arguments/batch_items.ts";
import type { ServerDependencies } from "../../mcp/dependencies.ts";
import type { BatchView } from "../../service/batches/batch_view.ts";
import { type BatchRecord, totalOf } from "../../storage/records/batch_records.ts";
import { json } from "../answers.ts";
import type { IncomingRequest } from "../dependencies.ts";
import { BATCH, readBodyAs } from "./bodies.ts";

type Answer = (visit: IncomingRequest, id: string) => Promise<Response>;

/** What the page tells of a batch. */
export interface ListedBatch {
  readonly id: string;
  readonly title: string;
  readonly state: BatchView["state"];
  readonly total: number;
  readonly drawn: number;
  readonly failed: number;
  readonly cancelled: number;
  /** Why some failed, each reason once; a few of them. */
  readonly reasons: readonly string[];
}

export interface PageBatches {
  /** Those that run and those of the last day of which something is missing, the newest first. */
  list(owner: string): Promise<readonly ListedBatch[]>;
  readonly start: Answer;
  readonly cancel: Answer;
  readonly repeat: Answer;
  readonly templates: Answer;
}

export function createPageBatches(page: ServerDependencies): PageBatches {
  const { batches, imageService, copyPlace } = page;

  async function list(owner: string): Promise<readonly ListedBatch[]> {
    const since = Date.now() - DAY;
    const known = await batches.list(owner, MOST_LISTED);
    const open = known.filter(({ state, counts, createdAt }) =>
      state === "running" || createdAt > since && counts.drawn < totalOf(counts)
    );
    return await Promise.all(open.map((each) => listed(each, owner)));
  }

  async function listed(
    { id, title, state, counts }: Pick<BatchRecord, "id" | "title" | "state" | "counts">,
    owner: string,
  ): Promise<ListedBatch> {
    const { drawn, failed, cancelled } = counts;
    const items = failed > 0 ? (await batches.view(id, owner)).items : [];
    const reasons = new Set(items.flatMap(({ error }) => error?.message ?? []));
    return {
      id,
      title,
      state,
      total: totalOf(counts),
      drawn,
      failed,
      cancelled,
      reasons: [...reasons].slice(0, MOST_REASONS),
    };
  }

  const answer = async (view: BatchView, owner: string, more: Record<string, unknown> = {}) =>
    json({ batch: await listed(view, owner), ...more });

  return {
    list,
    async start({ request, client }) {
      const { key, items, template, variables } = await readBodyAs(request, BATCH, LONGEST);
      const { signal } = new AbortController();
      const wanted = everyCombination(items, variables, { template });
      const checked = await checkItems(wanted, { owner: client, signal, copyPlace }, page);
      const caller = { owner: client, requestKey: `page ${client} ${key}` };
      const { dedupe } = imageService.settings;
      const view = await batches.start(checked.items, { ...caller, mayAdopt: dedupe });
      return await answer(view, client, { warnings: checked.warnings });
    },
    async cancel({ client }, id) {
      const { after, mayCharge } = await batches.cancel(id, client);
      return await answer(after, client, { mayCharge: paidOf(mayCharge, page) });
    },
    repeat: async ({ client }, id) => await answer(await batches.repeatFailed(id, client), client),
    async templates() {
      const all = await (await page.templates()).list();
      return json({
        templates: all.map(({ name, title, description, variables }) => ({
          name,
          title,
          description,
          variables,
        })),
      });
    },
  };
}

/** Those of the providers that ask for money: an engine of one's own does not. */
export function paidOf(
  names: readonly string[],
  { providers }: Pick<ServerDependencies, "providers">,
): readonly string[] {
  const { on } = providers();
  return names.filter((name) => on.get(name)?.endpoint !== undefined || !on.has(name));
}

const DAY = 24 * 3600 * 1000;
const MOST_LISTED = 20;
const MOST_REASONS = 3;
/** Of a request that begins one, in bytes. */
const LONGEST = 1024 * 1024;
