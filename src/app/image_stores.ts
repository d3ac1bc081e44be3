/** Where pictures are kept when that is not a folder of this machine. */

import type { Settings } from "../config/settings.ts";
import type { EnvironmentSnapshot } from "../config/environment.ts";
import type { Problem } from "../config/variables.ts";
import type { ImageStore } from "../storage/image_store.ts";
import { Bucket } from "../storage/s3/bucket.ts";
import { containerRole, ECS_AGENT } from "../storage/s3/credentials/container.ts";
import {
  type Credentials,
  givenCredentials,
  type Role,
  RoleCredentials,
} from "../storage/s3/credentials/credentials.ts";
import { instanceRole } from "../storage/s3/credentials/instance.ts";
import { tokenServiceOf, webIdentityRole } from "../storage/s3/credentials/web_identity.ts";
import { S3ImageStore } from "../storage/s3/s3_image_store.ts";

export interface ImageStores {
  readonly images: ImageStore;
  /** Pictures that came in. */
  readonly inputs: ImageStore;
  /** Where the keys come from that requests are signed with, and the host that gets them, for people. */
  readonly access: string;
}

/** The stores that MCP_IMAGE_STORE names; undefined for the save folder. Nothing is asked of them yet. */
export function imageStoresOf(settings: Settings): ImageStores | undefined {
  const { MCP_IMAGE_STORE: place } = settings;
  if (!place) return undefined;
  const endpoint = settings.AWS_ENDPOINT_URL_S3 ?? settings.AWS_ENDPOINT_URL;
  const bucket = new Bucket({
    bucket: place.bucket,
    endpoint,
    region: regionOf(settings),
    addressing: addressingOf(settings, endpoint),
    credentials: credentialsOf(settings),
  });
  const storeAt = (prefix: string) => {
    const folder = prefix.replace(/\/$/, "");
    return new S3ImageStore({
      place: `s3://${place.bucket}${folder && `/${folder}`}`,
      bucket,
      prefix,
    });
  };
  return {
    images: storeAt(place.prefix),
    inputs: storeAt(`${place.prefix}inputs/`),
    access: `${bucket.host}, with the keys of ${bucket.keyOrigin}`,
  };
}

/** Keys that are set, else those of a role: of an identity, of the container, of the machine. */
function credentialsOf(settings: Settings): Credentials {
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  } = settings;
  if (accessKeyId && secretAccessKey) {
    return givenCredentials({ accessKeyId, secretAccessKey, sessionToken });
  }
  return new RoleCredentials(roleOf(settings));
}

function roleOf(settings: Settings): Role {
  const { AWS_ROLE_ARN: roleArn, AWS_WEB_IDENTITY_TOKEN_FILE: identity } = settings;
  if (roleArn && identity) {
    return webIdentityRole({
      roleArn,
      tokenFile: identity,
      sessionName: settings.AWS_ROLE_SESSION_NAME,
      endpoint: settings.AWS_ENDPOINT_URL_STS ?? tokenServiceOf(regionOf(settings)),
    });
  }
  const path = settings.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI;
  const agent = path ? ECS_AGENT + path : settings.AWS_CONTAINER_CREDENTIALS_FULL_URI;
  if (agent) {
    return containerRole({
      url: agent,
      tokenFile: settings.AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE,
      token: settings.AWS_CONTAINER_AUTHORIZATION_TOKEN,
    });
  }
  return instanceRole(settings.AWS_EC2_METADATA_SERVICE_ENDPOINT);
}

function regionOf({ AWS_REGION, AWS_DEFAULT_REGION }: Settings): string {
  return AWS_REGION ?? AWS_DEFAULT_REGION ?? "us-east-1";
}

/** Other stores than Amazon's mostly have one host for all buckets; a dot in a bucket's name breaks TLS. */
function addressingOf(
  { MCP_S3_ADDRESSING: asked, MCP_IMAGE_STORE: place }: Settings,
  endpoint: string | undefined,
): "path" | "virtual" {
  if (asked !== "auto") return asked;
  return endpoint === undefined && !place?.bucket.includes(".") ? "virtual" : "path";
}

/** Half a key is none, and without any there must be a role that may be asked for. */
export function imageStoreProblems(
  { MCP_IMAGE_STORE, ...settings }: Settings,
  { env }: EnvironmentSnapshot,
): readonly Problem[] {
  if (!MCP_IMAGE_STORE) return [];
  const missing = missingOf(settings);
  if (missing.length === 0) return [];
  const variable = "MCP_IMAGE_STORE";
  const source = env.get(variable)?.source;
  const message = `${variable} names a bucket, which needs keys: set ${missing.join(" and ")}` +
    (source === undefined ? "" : ` (from ${source})`);
  return [{ variable, message }];
}

function missingOf(settings: Omit<Settings, "MCP_IMAGE_STORE">): readonly string[] {
  const key = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] as const;
  const missing = key.filter((name) => !settings[name]);
  if (missing.length < key.length) return missing;
  if (settings.AWS_WEB_IDENTITY_TOKEN_FILE) return settings.AWS_ROLE_ARN ? [] : ["AWS_ROLE_ARN"];
  const hasAgent = settings.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI ||
    settings.AWS_CONTAINER_CREDENTIALS_FULL_URI;
  return hasAgent || !settings.AWS_EC2_METADATA_DISABLED ? [] : key;
}
