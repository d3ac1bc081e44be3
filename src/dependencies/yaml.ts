// Loaded only when somebody asks for templates.
export { isMap, LineCounter, parseDocument, visit } from "npm:yaml@2.9.1";
export type { Document } from "npm:yaml@2.9.1";
