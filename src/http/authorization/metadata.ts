/**
 * What the authorization server says of itself (RFC 8414). Claude uses documents as client ids only
 * where "none" stands among the methods, and asks for every scope that is listed here; so the one that
 * concerns everybody is left out, and is asked for where it is needed. Seen in reports of 2026-08.
 */

import { AUTHENTICATION_METHODS, SIGNING_ALGORITHMS } from "../../authorization/clients.ts";

export function authorizationServerMetadata(issuer: string) {
  const authentication = {
    methods_supported: AUTHENTICATION_METHODS,
    signing_alg_values_supported: SIGNING_ALGORITHMS,
  };
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    registration_endpoint: `${issuer}/register`,
    revocation_endpoint: `${issuer}/revoke`,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    scopes_supported: ["images:read", "images:write", "offline_access"],
    response_types_supported: ["code"],
    response_modes_supported: ["query"],
    grant_types_supported: ["authorization_code", "refresh_token"],
    ...Object.fromEntries(
      ["token", "revocation"].flatMap((endpoint) =>
        Object.entries(authentication).map(([name, value]) =>
          [`${endpoint}_endpoint_auth_${name}`, value] as const
        )
      ),
    ),
    code_challenge_methods_supported: ["S256"],
    client_id_metadata_document_supported: true,
    authorization_response_iss_parameter_supported: true,
    ui_locales_supported: ["en", "zh"],
    service_documentation: `${issuer}/manual/sign-in`,
  };
}

/**
 * The same where OpenID Connect has it, with what its clients insist on. It is where clients look
 * below a path (https://host/path/.well-known/openid-configuration), which a reverse proxy that takes
 * the path away brings here; there are no id tokens, since nobody asks for "openid".
 */
export function openIdConfiguration(issuer: string) {
  return {
    ...authorizationServerMetadata(issuer),
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["ES256"],
  };
}
