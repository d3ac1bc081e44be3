/**
 * How far each setting trusts the file that it stands in. A client starts a stdio server in the
 * folder of the project that is open, and anybody may have written the `.env` file there: with a
 * real key in the environment, its owner's word alone may say where that key is sent.
 */

/**
 * "person": counts from the command line, the environment, a file that was named or lies in the
 * user's configuration folder, and from the working directory of a person's own shell;
 * "folder": counts from whatever folder the server was started in, too.
 */
export type Trust = "person" | "folder";

/** Why a setting needs the trust it needs, to end the sentence "… is left out: it …". */
export type Reason = keyof typeof REASONS;

export const REASONS = {
  secret: "is a key or account, or says where keys and prompts are sent",
  files: "says where files are read and written, or what is written into pictures",
  access: "says who may reach the server",
  load: "says what may be spent, kept or held in memory",
  log: "could hide what the server has to say",
  choice: "only chooses among what its owner has set up",
} as const;

/** Whether the `.env` file of a folder that a client chose may set a variable. */
export function trustNeeded(variable: string): Trust {
  return reasonOf(variable) === "choice" ? "folder" : "person";
}

/** What a variable decides; every provider's own variables are keys, accounts, addresses and prices. */
export function reasonOf(variable: string): Reason {
  return DECIDES[variable] ?? "secret";
}

/** The server's own settings, every one of them. */
export const DECIDES: Readonly<Record<string, Reason>> = {
  MCP_TRANSPORT: "access",
  MCP_ENV_FILE: "files",
  MCP_DEFAULT_PROVIDER: "choice",
  MCP_ENABLE_PLACEHOLDER: "choice",
  MCP_LOCAL_ENGINES: "secret",
  MCP_PROVIDER_ORDER: "choice",
  MCP_FAILOVER: "choice",
  MCP_PROVIDER_TIMEOUT: "load",
  MCP_IMAGE_SAVE_DIR: "files",
  MCP_SHARE_PICTURES: "files",
  MCP_DATABASE_URL: "secret",
  MCP_DATABASE_LISTEN_URL: "secret",
  MCP_IMAGE_STORE: "files",
  MCP_S3_ADDRESSING: "files",
  MCP_IMAGE_DELIVERY: "access",
  AWS_ACCESS_KEY_ID: "secret",
  AWS_SECRET_ACCESS_KEY: "secret",
  AWS_SESSION_TOKEN: "secret",
  AWS_REGION: "secret",
  AWS_DEFAULT_REGION: "secret",
  AWS_ENDPOINT_URL_S3: "secret",
  AWS_ENDPOINT_URL: "secret",
  AWS_ROLE_ARN: "secret",
  AWS_WEB_IDENTITY_TOKEN_FILE: "secret",
  AWS_ROLE_SESSION_NAME: "secret",
  AWS_ENDPOINT_URL_STS: "secret",
  AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "secret",
  AWS_CONTAINER_CREDENTIALS_FULL_URI: "secret",
  AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: "secret",
  AWS_CONTAINER_AUTHORIZATION_TOKEN: "secret",
  AWS_EC2_METADATA_DISABLED: "secret",
  AWS_EC2_METADATA_SERVICE_ENDPOINT: "secret",
  MCP_EMBED_METADATA: "files",
  MCP_SAVE_AS_DIRS: "files",
  MCP_IMAGE_RECORD_TTL: "load",
  MCP_TRASH_DAYS: "load",
  MCP_KEEP_DAYS: "load",
  MCP_KEEP_BYTES: "load",
  MCP_GET_IMAGE_DATA_MAX_BYTES: "load",
  MCP_INLINE_IMAGE: "choice",
  MCP_RESULT_STYLE: "choice",
  MCP_MAX_RESULT_BYTES: "load",
  MCP_INPUT_DIRS: "files",
  MCP_INPUT_HOSTS: "access",
  MCP_TOOLSETS: "choice",
  MCP_MAX_WAIT: "choice",
  MCP_DEDUPE: "load",
  MCP_MAX_CONCURRENT: "load",
  MCP_IMAGE_WORKERS: "load",
  MCP_MAX_QUEUE: "load",
  MCP_SHUTDOWN_GRACE: "load",
  MCP_HOST: "access",
  MCP_PORT: "access",
  MCP_PUBLIC_BASE_URL: "access",
  MCP_AUTH_TOKEN: "access",
  MCP_ADMINS: "access",
  MCP_OAUTH_ISSUER: "access",
  MCP_OAUTH_AUDIENCE: "access",
  MCP_USERS: "access",
  MCP_ALLOW_UNAUTHENTICATED: "access",
  MCP_ALLOWED_HOSTS: "access",
  MCP_ALLOWED_ORIGINS: "access",
  MCP_ENABLE_SESSIONS: "access",
  MCP_SESSION_TIMEOUT: "load",
  MCP_SESSION_CLEANUP_INTERVAL: "load",
  MCP_MAX_SESSIONS: "load",
  MCP_ENABLE_SSE: "access",
  MCP_SSE_KEEPALIVE: "load",
  MCP_MAX_BODY_BYTES: "load",
  MCP_REQUEST_TIMEOUT: "load",
  MCP_RATE_LIMIT: "load",
  MCP_PRIVATE_IMAGES: "access",
  MCP_EXPOSE_LOCAL_PATH: "access",
  MCP_LOG_LEVEL: "log",
  MCP_LOG_FORMAT: "log",
  MCP_DEBUG: "log",
};
