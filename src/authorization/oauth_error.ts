/** What an authorization server refuses, in the words of its standards. */

/** The `error` of RFC 6749, 7591 and 8707 that this server says. */
export type OAuthErrorCode =
  | "access_denied"
  | "invalid_client"
  | "invalid_client_metadata"
  | "invalid_grant"
  | "invalid_redirect_uri"
  | "invalid_request"
  | "invalid_scope"
  | "invalid_target"
  | "request_not_supported"
  | "request_uri_not_supported"
  | "temporarily_unavailable"
  | "unsupported_grant_type"
  | "unsupported_response_type";

/** A refusal; the message is a sentence for whoever wrote the client, in the letters that RFC 6749 allows. */
export class OAuthError extends Error {
  override readonly name = "OAuthError";

  constructor(readonly code: OAuthErrorCode, message: string) {
    super(message.replaceAll('"', "'").replace(/[^ -~]|\\/g, "?"));
  }
}
