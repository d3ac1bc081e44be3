// Loaded only by `init`.
export {
  applyEdits,
  findNodeAtLocation,
  getNodeValue,
  modify,
  parseTree,
  printParseErrorCode,
} from "npm:jsonc-parser@3.3.1";
export type { Node as JsonNode, ParseError } from "npm:jsonc-parser@3.3.1";
