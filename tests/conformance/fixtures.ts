/** The tools, resources and prompts that the protocol's official checks ask a server for by name. */

import { McpServer, type McpServerFactory } from "../../src/dependencies/mcp_server.ts";
import * as z from "../../src/dependencies/zod.ts";
import {
  acceptedContent,
  completable,
  createRequestStateCodec,
  fromJsonSchema,
  type GetPromptResult,
  type InputRequest,
  inputRequired,
  type InputRequiredResult,
  inputResponse,
  ResourceTemplate,
  type ServerContext,
} from "./dependencies.ts";

const stateCodec = createRequestStateCodec({ key: crypto.getRandomValues(new Uint8Array(32)) });

/** A server with every fixture, for either protocol era. */
export const makeFixtureServer: McpServerFactory = ({ era }) => {
  const server = new McpServer({ name: "conformance-fixtures", version: "1.0.0" }, {
    capabilities: {
      logging: {},
      completions: {},
      resources: { subscribe: era === "legacy" },
    },
    requestState: { verify: stateCodec.verify },
  });
  registerPlainTools(server);
  registerTalkingTools(server);
  registerAskingTools(server);
  registerHeaderAndSchemaTools(server);
  registerResources(server, era);
  registerPrompts(server);
  return server;
};

function registerPlainTools(server: McpServer): void {
  for (const [name, content] of Object.entries(PLAIN_RESULTS)) {
    server.registerTool(
      name,
      { description: `Returns ${name}` },
      () => ({ content: [...content] }),
    );
  }
  server.registerTool("test_error_handling", { description: "Always fails" }, () => {
    throw new Error("This tool intentionally returns an error for testing");
  });
}

/** Tools that say something before their result. */
function registerTalkingTools(server: McpServer): void {
  for (const name of ["test_tool_with_logging", "test_logging_tool"]) {
    server.registerTool(name, { description: "Logs while it works" }, async ({ mcpReq }) => {
      await mcpReq.log("info", "Tool execution started");
      await pause(50);
      await mcpReq.log("info", "Tool processing data");
      await pause(50);
      await mcpReq.log("info", "Tool execution completed");
      return say("Logged");
    });
  }
  server.registerTool(
    "test_tool_with_progress",
    { description: "Tells its progress" },
    async ({ mcpReq }) => {
      const progressToken = mcpReq._meta?.progressToken;
      for (const progress of [0, 50, 100]) {
        if (progressToken !== undefined) {
          const params = { progressToken, progress, total: 100 };
          await mcpReq.notify({ method: "notifications/progress", params });
        }
        await pause(50);
      }
      return say("Done");
    },
  );
  server.registerTool(
    "test_reconnection",
    { description: "Closes its stream before its result" },
    async ({ http }) => {
      http?.closeSSE?.();
      await pause(100);
      return say("Resumed");
    },
  );
}

/** Tools that need something of the client first; older clients are asked by request, newer ones by result. */
function registerAskingTools(server: McpServer): void {
  const ask = (
    name: string,
    questions: Readonly<Record<string, InputRequest>>,
    answer: (context: ServerContext) => string,
  ) =>
    server.registerTool(name, { description: `Asks for ${Object.keys(questions)}` }, (context) => {
      const missing = unanswered(questions, context);
      return missing ?? say(answer(context));
    });
  const elicited = (key: string) => ({ mcpReq }: ServerContext) => {
    const view = inputResponse(mcpReq.inputResponses, key);
    return `Elicitation completed: action=${"action" in view ? view.action : view.kind}, content=${
      JSON.stringify(acceptedContent(mcpReq.inputResponses, key) ?? {})
    }`;
  };

  server.registerTool(
    "test_sampling",
    { description: "Asks the client's model", inputSchema: z.object({ prompt: z.string() }) },
    ({ prompt }, context) =>
      unanswered({ answer: sampling(prompt, 100) }, context) ??
        say(`LLM response: ${JSON.stringify(context.mcpReq.inputResponses?.answer)}`),
  );
  server.registerTool(
    "test_elicitation",
    { description: "Asks the user", inputSchema: z.object({ message: z.string() }) },
    ({ message }, context) =>
      unanswered(
        { answer: form(message, z.object({ username: z.string(), email: z.string() })) },
        context,
      ) ??
        say(`User response: ${elicited("answer")(context)}`),
  );
  ask("test_elicitation_sep1034_defaults", { form: formOf(DEFAULTS_FORM) }, elicited("form"));
  ask("test_elicitation_sep1330_enums", { form: formOf(ENUMS_FORM) }, elicited("form"));
  ask("test_missing_capability", { word: sampling("Say a word", 10) }, () => "The client samples");
  ask("test_streaming_elicitation", { name: NAME_FORM }, elicited("name"));

  ask("test_input_required_result_elicitation", { user_name: NAME_FORM }, ({ mcpReq }) => {
    const name = acceptedContent(mcpReq.inputResponses, "user_name")?.name;
    return `Hello, ${name}!`;
  });
  ask(
    "test_input_required_result_sampling",
    { capital_question: sampling("What is the capital of France?", 100) },
    ({ mcpReq }) => JSON.stringify(mcpReq.inputResponses?.capital_question),
  );
  ask(
    "test_input_required_result_list_roots",
    { client_roots: inputRequired.listRoots() },
    ({ mcpReq }) => JSON.stringify(mcpReq.inputResponses?.client_roots),
  );
  registerStatefulTools(server);
  server.registerTool(
    "test_input_required_result_capabilities",
    { description: "Asks only for what the client can do" },
    (context) => {
      const questions = {
        ...(clientCan(server, "elicitation") ? { name: NAME_FORM } : {}),
        ...(clientCan(server, "sampling") ? { greeting: sampling("Greet", 50) } : {}),
      };
      return unanswered(questions, context) ?? say("Nothing is left to ask");
    },
  );
}

/** Tools whose rounds hand a signed state on. */
function registerStatefulTools(server: McpServer): void {
  const inRounds = (
    name: string,
    rounds: readonly Readonly<Record<string, InputRequest>>[],
    last: string,
  ) =>
    server.registerTool(name, { description: `${rounds.length} rounds` }, async (context) => {
      const { round } = context.mcpReq.requestState<{ round: number }>() ?? { round: 0 };
      const isAnswered = round > 0 && unanswered(rounds[round - 1] ?? {}, context) === undefined;
      const next = isAnswered ? round + 1 : Math.max(round, 1);
      const inputRequests = rounds[next - 1];
      if (inputRequests === undefined) return say(last);
      const requestState = await stateCodec.mint({ round: next });
      return inputRequired({ inputRequests, requestState });
    });
  const confirm = form("Please confirm", z.object({ ok: z.boolean() }));
  inRounds("test_input_required_result_request_state", [{ confirm }], "state-ok");
  inRounds("test_input_required_result_tampered_state", [{ confirm }], "state-ok");
  inRounds("test_input_required_result_multiple_inputs", [{
    user_name: NAME_FORM,
    greeting: sampling("Generate a greeting", 50),
    client_roots: inputRequired.listRoots(),
  }], "All answered");
  inRounds("test_input_required_result_multi_round", [
    { step1: form("Step 1: What is your name?", z.object({ name: z.string() })) },
    { step2: form("Step 2: What is your favorite color?", z.object({ color: z.string() })) },
  ], "Both steps answered");
}

function registerHeaderAndSchemaTools(server: McpServer): void {
  server.registerTool(
    "test_mirrored_header",
    {
      description: "Has a parameter that is sent as a header, too",
      inputSchema: fromJsonSchema<{ region: string }>(MIRRORED_SCHEMA),
    },
    ({ region }) => say(region),
  );
  server.registerTool(
    "json_schema_2020_12_tool",
    {
      description: "Tool with JSON Schema 2020-12 features",
      inputSchema: fromJsonSchema<Record<string, unknown>>(RICH_SCHEMA),
    },
    (input) => say(JSON.stringify(input)),
  );
}

function registerResources(server: McpServer, era: "legacy" | "modern"): void {
  server.registerResource(
    "static-text",
    "test://static-text",
    { description: "A text", mimeType: "text/plain" },
    ({ href }) => ({
      contents: [{
        uri: href,
        mimeType: "text/plain",
        text: "This is the content of the static text resource.",
      }],
    }),
  );
  server.registerResource(
    "static-binary",
    "test://static-binary",
    { description: "A picture", mimeType: "image/png" },
    ({ href }) => ({ contents: [{ uri: href, mimeType: "image/png", blob: RED_DOT }] }),
  );
  server.registerResource(
    "watched",
    "test://watched-resource",
    { description: "A text that may change", mimeType: "text/plain" },
    ({ href }) => ({ contents: [{ uri: href, mimeType: "text/plain", text: "Watched" }] }),
  );
  server.registerResource(
    "template",
    new ResourceTemplate("test://template/{id}/data", { list: undefined }),
    { description: "Data by id", mimeType: "application/json" },
    ({ href }, { id }) => ({
      contents: [{
        uri: href,
        mimeType: "application/json",
        text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }),
      }],
    }),
  );
  if (era === "modern") return;
  server.server.setRequestHandler("resources/subscribe", () => ({}));
  server.server.setRequestHandler("resources/unsubscribe", () => ({}));
}

function registerPrompts(server: McpServer): void {
  server.registerPrompt(
    "test_simple_prompt",
    { description: "One sentence" },
    () => userSays(text("This is a simple prompt for testing.")),
  );
  const letters = z.string();
  server.registerPrompt(
    "test_prompt_with_arguments",
    {
      description: "A sentence with two arguments",
      argsSchema: z.object({
        arg1: completable(
          letters,
          (start) => ["paris", "park"].filter((word) => word.startsWith(start)),
        ),
        arg2: letters,
      }),
    },
    ({ arg1, arg2 }) => userSays(text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)),
  );
  server.registerPrompt(
    "test_prompt_with_embedded_resource",
    {
      description: "A resource and a sentence",
      argsSchema: z.object({ resourceUri: z.string() }),
    },
    ({ resourceUri }) =>
      userSays(
        {
          type: "resource",
          resource: {
            uri: resourceUri,
            mimeType: "text/plain",
            text: "Embedded resource content for testing.",
          },
        },
        text("Please process the embedded resource above."),
      ),
  );
  server.registerPrompt(
    "test_prompt_with_image",
    { description: "A picture and a sentence" },
    () =>
      userSays(
        { type: "image", data: RED_DOT, mimeType: "image/png" },
        text("Please analyze the image above."),
      ),
  );
  const question = form("What context should the prompt use?", z.object({ context: z.string() }));
  server.registerPrompt(
    "test_input_required_result_prompt",
    { description: "Asks for a context first" },
    (context) =>
      unanswered({ user_context: question }, context) ??
        userSays(
          text(JSON.stringify(acceptedContent(context.mcpReq.inputResponses, "user_context"))),
        ),
  );
}

/** The questions to ask again, unless each has an answer that fits it. */
function unanswered(
  questions: Readonly<Record<string, InputRequest>>,
  { mcpReq }: ServerContext,
): InputRequiredResult | undefined {
  const missing = Object.keys(questions)
    .filter((key) => inputResponse(mcpReq.inputResponses, key).kind === "missing");
  return missing.length > 0 ? inputRequired({ inputRequests: { ...questions } }) : undefined;
}

function clientCan(server: McpServer, capability: "sampling" | "elicitation"): boolean {
  return server.server.getClientCapabilities()?.[capability] !== undefined;
}

function form(message: string, requestedSchema: z.ZodObject): InputRequest {
  return inputRequired.elicit({ message, requestedSchema });
}

function formOf(
  requestedSchema: Parameters<typeof inputRequired.elicit>[0]["requestedSchema"],
): InputRequest {
  return inputRequired.elicit({ message: "Please review the form", requestedSchema });
}

function sampling(prompt: string, maxTokens: number): InputRequest {
  return inputRequired.createMessage({
    messages: [{ role: "user", content: { type: "text", text: prompt } }],
    maxTokens,
  });
}

function say(words: string) {
  return { content: [text(words)] };
}

function text(words: string) {
  return { type: "text" as const, text: words };
}

function userSays(...contents: GetPromptResult["messages"][number]["content"][]): GetPromptResult {
  return { messages: contents.map((content) => ({ role: "user", content })) };
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

const RED_DOT =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC";
const SILENCE = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQIAAAAAAA==";

const NAME_FORM = form("What is your name?", z.object({ name: z.string() }));

const PLAIN_RESULTS = {
  test_simple_text: [text("This is a simple text response for testing.")],
  test_image_content: [{ type: "image" as const, data: RED_DOT, mimeType: "image/png" }],
  test_audio_content: [{ type: "audio" as const, data: SILENCE, mimeType: "audio/wav" }],
  test_embedded_resource: [{
    type: "resource" as const,
    resource: {
      uri: "test://embedded-resource",
      mimeType: "text/plain",
      text: "This is an embedded resource content.",
    },
  }],
  test_multiple_content_types: [
    text("Multiple content types test:"),
    { type: "image" as const, data: RED_DOT, mimeType: "image/png" },
    {
      type: "resource" as const,
      resource: {
        uri: "test://mixed-content-resource",
        mimeType: "application/json",
        text: JSON.stringify({ test: "data", value: 123 }),
      },
    },
  ],
};

const DEFAULTS_FORM = {
  type: "object" as const,
  properties: {
    name: { type: "string" as const, default: "John Doe" },
    age: { type: "integer" as const, default: 30 },
    score: { type: "number" as const, default: 95.5 },
    status: {
      type: "string" as const,
      enum: ["active", "inactive", "pending"],
      default: "active",
    },
    verified: { type: "boolean" as const, default: true },
  },
};

const ENUMS_FORM = {
  type: "object" as const,
  properties: {
    untitledSingle: { type: "string" as const, enum: ["option1", "option2", "option3"] },
    titledSingle: {
      type: "string" as const,
      oneOf: [
        { const: "value1", title: "First Option" },
        { const: "value2", title: "Second Option" },
        { const: "value3", title: "Third Option" },
      ],
    },
    legacyEnum: {
      type: "string" as const,
      enum: ["opt1", "opt2", "opt3"],
      enumNames: ["Option One", "Option Two", "Option Three"],
    },
    untitledMulti: {
      type: "array" as const,
      items: { type: "string" as const, enum: ["option1", "option2", "option3"] },
    },
    titledMulti: {
      type: "array" as const,
      items: {
        anyOf: [
          { const: "value1", title: "First Choice" },
          { const: "value2", title: "Second Choice" },
          { const: "value3", title: "Third Choice" },
        ],
      },
    },
  },
};

const MIRRORED_SCHEMA = {
  type: "object",
  properties: { region: { type: "string", "x-mcp-header": "Region" } },
  required: ["region"],
};

const RICH_SCHEMA = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  type: "object",
  $defs: {
    address: {
      $anchor: "addressDef",
      type: "object",
      properties: { street: { type: "string" }, city: { type: "string" } },
    },
  },
  properties: {
    name: { type: "string" },
    address: { $ref: "#/$defs/address" },
    contactMethod: { type: "string", enum: ["phone", "email"] },
    phone: { type: "string" },
    email: { type: "string" },
  },
  allOf: [{ anyOf: [{ required: ["phone"] }, { required: ["email"] }] }],
  if: { properties: { contactMethod: { const: "phone" } }, required: ["contactMethod"] },
  then: { required: ["phone"] },
  else: { required: ["email"] },
  additionalProperties: false,
};
