/** Where pictures are kept when that is not a folder of this machine. */

import type { Settings } from "../config/settings.ts";
import type { EnvironmentSnapshot } from "../config/environment.ts";
import type { Problem } from "../config/variables.ts";
import type { ImageStore } from "../storage/image_store.ts";
import { Bucket } from "../storage/s3/bucket.ts";
import { S3ImageStore } from "../storage/s3/s3_image_store.ts";

export interface ImageStores {
  readonly images: ImageStore;
  /** Pictures that came in. */
  readonly inputs: ImageStore;
}

/** The stores that MCP_IMAGE_STORE names; undefined for the save folder. Nothing is asked of them yet. */
export function imageStoresOf(settings: Settings): ImageStores | undefined {
  const { MCP_IMAGE_STORE: place, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = settings;
  if (!place || !AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY) return undefined;
  const endpoint = settings.AWS_ENDPOINT_URL_S3 ?? settings.AWS_ENDPOINT_URL;
  const bucket = new Bucket({
    bucket: place.bucket,
    endpoint,
    region: settings.AWS_REGION ?? settings.AWS_DEFAULT_REGION ?? "us-east-1",
    addressing: addressingOf(settings, endpoint),
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    sessionToken: settings.AWS_SESSION_TOKEN,
  });
  const storeAt = (prefix: string) => {
    const folder = prefix.replace(/\/$/, "");
    return new S3ImageStore({
      place: `s3://${place.bucket}${folder && `/${folder}`}`,
      bucket,
      prefix,
    });
  };
  return { images: storeAt(place.prefix), inputs: storeAt(`${place.prefix}inputs/`) };
}

/** Other stores than Amazon's mostly have one host for all buckets; a dot in a bucket's name breaks TLS. */
function addressingOf(
  { MCP_S3_ADDRESSING: asked, MCP_IMAGE_STORE: place }: Settings,
  endpoint: string | undefined,
): "path" | "virtual" {
  if (asked !== "auto") return asked;
  return endpoint === undefined && !place?.bucket.includes(".") ? "virtual" : "path";
}

/** A bucket without keys takes nothing. */
export function imageStoreProblems(
  { MCP_IMAGE_STORE, ...settings }: Settings,
  { env }: EnvironmentSnapshot,
): readonly Problem[] {
  const missing = (["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] as const)
    .filter((name) => !settings[name]);
  if (!MCP_IMAGE_STORE || missing.length === 0) return [];
  const variable = "MCP_IMAGE_STORE";
  const message = `${variable} names a bucket, which needs keys: set ${missing.join(" and ")} ` +
    `(from ${env.get(variable)?.source})`;
  return [{ variable, message }];
}
