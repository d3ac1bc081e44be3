// Imported only dynamically, with the first drawing. A worker runs the package's code, and text
// is the one form in which every way to start this program can hand it over.
export { default as code } from "npm:@resvg/resvg-wasm@2.6.2" with { type: "text" };
export { default as packedWasm } from "./resvg_wasm.txt" with { type: "text" };
