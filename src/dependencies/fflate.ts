// Imported only dynamically, with the first export to a ZIP.
export { Zip, ZipPassThrough } from "npm:fflate@0.8.3";
