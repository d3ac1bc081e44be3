// Loaded only when somebody reads the manual as a page or in a terminal.
export { Marked, Renderer } from "npm:marked@18.2.1";
export type { Token, Tokens } from "npm:marked@18.2.1";
