/** Colours that a prompt can name. */

import { hex } from "../../svg/colour.ts";

export const HUES = {
  ...{ red: hex("#d8352f"), orange: hex("#ee8330"), golden: hex("#e0a52e") },
  ...{ yellow: hex("#f2cf45"), green: hex("#3f9a58"), teal: hex("#2a9d9a") },
  ...{ blue: hex("#2f6fce"), purple: hex("#7d4bbd"), pink: hex("#f48fb4") },
  ...{ brown: hex("#8a5a38"), black: hex("#1b1c22"), grey: hex("#8d9299"), white: hex("#f7f5ef") },
};

export type HueName = keyof typeof HUES;
