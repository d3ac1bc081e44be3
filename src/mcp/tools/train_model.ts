import type { CallToolResult } from "../../dependencies/mcp_server.ts";
import type { PreparedTraining } from "../../service/prepare_training.ts";
import { callerOf } from "../caller.ts";
import { TRAIN_MODEL } from "../declarations/batch.ts";
import { progressOf } from "../progress.ts";
import { answerResult } from "../answer_result.ts";
import { success } from "../result.ts";
import { defineTool } from "./tool.ts";

export const trainModel = defineTool({
  ...TRAIN_MODEL,
  async handle(
    { name, trigger_word, confirm = false, wait_seconds, ...wanted },
    context,
    dependencies,
  ) {
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
