import type { CallToolResult } from "../../dependencies/mcp_server.ts";
import { ImageError } from "../../errors.ts";
import type { PreparedTraining } from "../../service/prepare_training.ts";
import { callerOf, ownerOf } from "../caller.ts";
import { TRAIN_MODEL } from "../declarations/batch.ts";
import type { ServerDependencies } from "../dependencies.ts";
import { progressOf } from "../progress.ts";
import { answerResult } from "../results/answer_result.ts";
import { success } from "../results/result.ts";
import { defineTool } from "./tool.ts";

export const trainModel = defineTool({
  ...TRAIN_MODEL,
  async handle(
    {
      name,
      trigger_word = "",
      confirm = false,
      rename_to,
      forget = false,
      wait_seconds,
      ...wanted
    },
    context,
    dependencies,
  ) {
    if (forget || rename_to !== undefined) {
      const owner = ownerOf(context);
      return await changed(name.trim(), rename_to?.trim(), forget, owner, dependencies);
    }
    using progress = progressOf(context);
    const { imageService } = dependencies;
    const caller = callerOf(context, progress, wait_seconds, dependencies);
    const { prepareTraining } = await import("../../service/prepare_training.ts");
    const prepared = await prepareTraining(
      { ...wanted, name: name.trim(), triggerWord: trigger_word.trim() },
      { owner: caller.owner, signal: caller.signal, access: dependencies.inputAccess() },
      imageService,
    );
    if (!confirm) return offer(prepared);
    const answer = await imageService.train(prepared.plan, prepared.provider, caller);
    return await answerResult(answer, dependencies, caller);
  },
});

/** Forgets a model or calls it something else; no vendor is asked. */
async function changed(
  name: string,
  to: string | undefined,
  isForgotten: boolean,
  owner: string,
  { imageService }: ServerDependencies,
): Promise<CallToolResult> {
  if (to === undefined) {
    const { provider } = await imageService.models.forget(name, owner);
    const next = `Forgotten here; what ${provider} keeps of it is to be deleted there`;
    return success({ ...TRAIN_MODEL.empty, forgotten: name, next });
  }
  if (isForgotten) {
    throw new ImageError("invalid_parameters", "Give one of the two: rename_to or forget");
  }
  const { renameModel } = await import("../../service/rename_model.ts");
  const { provider, triggerWord } = await renameModel(name, owner, to, imageService);
  const model = { name: to, provider, trigger_word: triggerWord };
  return success({ ...TRAIN_MODEL.empty, model });
}

/** What a training would be and cost, before anything is sent. */
function offer({ plan, provider, cost: { estimate, note } }: PreparedTraining): CallToolResult {
  const { training, attempts: [{ request: { inputs, model }, warnings }] } = plan;
  const { kind, steps } = training!;
  const asked = estimate ? `about ${estimate.amount} ${estimate.unit}` : "an amount nobody states";
  return success({
    model: null,
    training: {
      provider: provider.name,
      trainer: model,
      pictures: inputs.length,
      kind,
      steps: steps ?? null,
      estimated_cost: estimate ?? null,
      cost_note: note,
    },
    warnings,
    next:
      `Nothing was sent yet. ${provider.name} would be sent ${inputs.length} pictures and ask ` +
      `${asked} (${note}). Ask the user; then call train_model again with confirm: true`,
  });
}
