export {
  acceptedContent,
  completable,
  createRequestStateCodec,
  fromJsonSchema,
  inputRequired,
  inputResponse,
  ResourceTemplate,
} from "npm:@modelcontextprotocol/server@2.4.0";
export type {
  GetPromptResult,
  InputRequest,
  InputRequiredResult,
  ServerContext,
} from "npm:@modelcontextprotocol/server@2.4.0";
