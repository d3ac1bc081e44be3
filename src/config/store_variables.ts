/** Variables about where pictures and records are kept, and for how long. */

import { address, choice, flag, integer, secret, text, type Variable } from "./variables.ts";

const YEAR = 31_536_000;

export const storeVariables = {
  MCP_DATABASE_URL: databaseAddress(
    "A PostgreSQL that keeps records in place of the save folder, for several servers together",
    { example: "postgres://user:password@db.example.com:5432/images" },
  ),
  MCP_DATABASE_LISTEN_URL: databaseAddress(
    "The database's own address, where MCP_DATABASE_URL is that of a pooler which shares " +
      "connections between transactions",
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
  AWS_ACCESS_KEY_ID: secret("The key for the bucket; unset: a machine's role gives keys", {
    example: "your_key_id",
  }),
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
  AWS_ROLE_ARN: text("The role whose keys are asked for with AWS_WEB_IDENTITY_TOKEN_FILE", {
    example: "arn:aws:iam::123456789012:role/images",
  }),
  AWS_WEB_IDENTITY_TOKEN_FILE: text(
    "The file with the token of an identity provider that the role is given for",
    { example: "/var/run/secrets/eks.amazonaws.com/serviceaccount/token" },
  ),
  AWS_ROLE_SESSION_NAME: {
    ...text("What the role's session is called in logs of the account", {
      default: "mcp-image-server",
    }),
    legal: "2 to 64 letters, digits or any of + = , . @ _ -",
    parse: (value: string) => /^[\w+=,.@-]{2,64}$/.test(value) ? value : undefined,
  },
  AWS_ENDPOINT_URL_STS: address(
    "The address that the role is asked for at; unset: Amazon's own of the region",
    { example: "https://minio.example.com" },
  ),
  AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: {
    ...text("Where a container of ECS gets the keys of its role; ECS sets it", {
      example: "/v2/credentials/id",
    }),
    legal: "a path that begins with /",
    parse: (value: string) => /^\/(?!\/)\S*$/.test(value) ? value : undefined,
  },
  AWS_CONTAINER_CREDENTIALS_FULL_URI: agentAddress(
    "Where a container gets the keys of its role; EKS Pod Identity sets it",
    { example: "http://169.254.170.23/v1/credentials" },
  ),
  AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: text(
    "The file with the token for that address; EKS Pod Identity sets it",
    { example: "/var/run/secrets/pods.eks.amazonaws.com/serviceaccount/eks-pod-identity-token" },
  ),
  AWS_CONTAINER_AUTHORIZATION_TOKEN: secret("The token itself where there is no such file", {
    example: "your_token",
  }),
  AWS_EC2_METADATA_DISABLED: flag("Do not ask a virtual machine for the keys of its role", {
    default: false,
  }),
  AWS_EC2_METADATA_SERVICE_ENDPOINT: address("Where a virtual machine tells the keys of its role", {
    default: "http://169.254.169.254",
  }),
  MCP_IMAGE_RECORD_TTL: integer(
    "Seconds an image_id stays known; 0: as long as there is the picture. It deletes no file",
    { default: 0, minimum: 0, maximum: 100 * YEAR },
  ),
  MCP_TRASH_DAYS: integer(
    "Days after which a picture in the trash is removed for good, its file too",
    { default: 30, minimum: 1, maximum: 36_500 },
  ),
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

/**
 * Where an agent hands out keys: over TLS, or within this machine and at the two addresses of such
 * agents, as the SDKs of the vendor allow it.
 */
function agentAddress(
  description: string,
  words: { example: string },
): Variable<string | undefined> {
  return {
    ...text(description, words),
    legal: "an https address, or an http one of this machine, 169.254.170.2, 169.254.170.23 or " +
      "[fd00:ec2::23]",
    parse(value) {
      const url = URL.parse(value);
      const isNear = url?.protocol === "http:" &&
        /^(localhost|127(\.\d+){3}|\[::1\]|169\.254\.170\.23?|\[fd00:ec2::23\])$/.test(
          url.hostname,
        );
      const isPlain = url?.username === "" && url.password === "";
      return isPlain && (isNear || url.protocol === "https:") ? value : undefined;
    },
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
