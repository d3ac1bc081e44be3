/** Variables about where pictures are kept when that is not a folder of this machine, and how many. */

import { address, choice, integer, secret, text, type Variable } from "./variables.ts";

/** What of it is kept. */
export const keepVariables = {
  MCP_KEEP_DAYS: integer(
    "Days after which a picture that is no favourite goes into the trash; 0: never",
    { default: 0, minimum: 0, maximum: 36_500 },
  ),
  MCP_KEEP_BYTES: size(
    "What all pictures may take, those in the trash too: above it the trash is removed for good, " +
      "then the oldest that are no favourites; unset: any amount",
    { example: "20GB" },
  ),
};

export const storeVariables = {
  MCP_DATABASE_URL: databaseAddress(
    "A PostgreSQL that keeps records in place of the save folder, for several servers together",
    { example: "postgres://user:password@db.example.com:5432/images" },
  ),
  MCP_IMAGE_STORE: bucketAddress(
    "Where pictures are kept in place of the save folder: s3://bucket/prefix, in any store that " +
      "speaks Amazon's S3",
    { example: "s3://my-pictures/art" },
  ),
  MCP_S3_ADDRESSING: choice(
    "Where the bucket's name stands in addresses of the store: path, virtual (before the host), " +
      "or auto (path where there is an endpoint)",
    ["auto", "path", "virtual"],
    { default: "auto" },
  ),
  MCP_IMAGE_DELIVERY: choice(
    "How /images/ hands out pictures of a bucket: stream (through this server) or redirect (to an " +
      "address of the store's that is good for an hour)",
    ["stream", "redirect"],
    { default: "stream" },
  ),
  AWS_ACCESS_KEY_ID: secret("The key for the bucket", { example: "your_key_id" }),
  AWS_SECRET_ACCESS_KEY: secret("The secret of that key", { example: "your_secret_key" }),
  AWS_SESSION_TOKEN: secret("The token of a temporary key", { example: "your_session_token" }),
  AWS_REGION: text("The bucket's region; unset: AWS_DEFAULT_REGION, or us-east-1", {
    example: "eu-west-1",
  }),
  AWS_DEFAULT_REGION: text("The same where AWS_REGION is unset", { example: "eu-west-1" }),
  AWS_ENDPOINT_URL_S3: address("The store's address; unset: AWS_ENDPOINT_URL, or Amazon's own", {
    example: "https://s3.example.com",
  }),
  AWS_ENDPOINT_URL: address("The same where AWS_ENDPOINT_URL_S3 is unset", {
    example: "https://s3.example.com",
  }),
};

/** A bucket, and what stands before the names of all its files: "" or ending in "/". */
export interface BucketAddress {
  readonly bucket: string;
  readonly prefix: string;
}

/** s3://bucket or s3://bucket/prefix. */
function bucketAddress(
  description: string,
  words: { example: string },
): Variable<BucketAddress | undefined> {
  return {
    description,
    legal: "an address such as 's3://bucket' or 's3://bucket/prefix'",
    secret: false,
    example: words.example,
    parse(value) {
      const form = /^s3:\/\/([a-z\d][a-z\d.-]{1,61}[a-z\d])((?:\/[\w!.*'()-]+)*)\/*$/;
      const [, bucket, path = ""] = form.exec(value) ?? [];
      return bucket ? { bucket, prefix: path && `${path.slice(1)}/` } : undefined;
    },
    whenUnset: undefined,
  };
}

/** An amount of bytes. */
function size(
  description: string,
  words: { example: string },
): Variable<number | undefined> {
  return {
    ...text(description, words),
    legal: "an amount such as '500MB' or '20GB', at least 1MB",
    parse: (value) => {
      const [, number, unit = ""] = /^(\d{1,9}(?:\.\d+)?) ?([mgt])(?:i?b)?$/i.exec(value) ?? [];
      const bytes = Math.floor(Number(number) * 1000 ** (2 + "mgt".indexOf(unit.toLowerCase())));
      return bytes >= 1_000_000 ? bytes : undefined;
    },
    whenUnset: undefined,
  };
}

/** The address of a database, which holds a password and is never shown. */
function databaseAddress(
  description: string,
  words: { example: string },
): Variable<string | undefined> {
  return {
    ...secret(description, words),
    legal: "an address such as 'postgres://user:password@host:5432/database'",
    parse(value) {
      const url = URL.parse(value);
      return url && /^postgres(ql)?:$/.test(url.protocol) && url.host ? value : undefined;
    },
  };
}
