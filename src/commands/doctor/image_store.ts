/** Whether the bucket of MCP_IMAGE_STORE takes pictures: a small object is written and removed. */

import { imageStoresOf } from "../../app/image_stores.ts";
import type { Settings } from "../../config/settings.ts";
import type { Finding } from "./finding.ts";

export async function checkImageStore(settings: Settings): Promise<readonly Finding[]> {
  const stores = imageStoresOf(settings);
  if (!stores) return [];
  const { images, access } = stores;
  const trouble = await images.trouble();
  const check = "image store";
  if (trouble) return [{ check, state: "broken", message: trouble }];
  return [{ check, state: "ok", message: `${images.place} takes pictures (${access})` }];
}
