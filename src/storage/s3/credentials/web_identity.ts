/**
 * A role that is given for a token of an identity provider, such as a service account of Kubernetes
 * ("IAM roles for service accounts"): AssumeRoleWithWebIdentity of the AWS Security Token Service API
 * Reference, version 2011-06-15, read 2026-11. MinIO and others answer the same question.
 */

import { ask, keysIn, memberOf } from "./ask.ts";
import { tokenIn } from "./container.ts";
import type { Role } from "./credentials.ts";

export interface WebIdentityOptions {
  /** Its token changes, and is read for every question. */
  readonly tokenFile: string;
  readonly roleArn: string;
  readonly sessionName: string;
  /** The token service's address. */
  readonly endpoint: string;
}

export function webIdentityRole(
  { tokenFile, roleArn, sessionName, endpoint }: WebIdentityOptions,
): Role {
  return {
    origin: `the role ${roleArn}`,
    async fetchKeys() {
      const body = new URLSearchParams({
        Action: "AssumeRoleWithWebIdentity",
        Version: "2011-06-15",
        RoleArn: roleArn,
        RoleSessionName: sessionName,
        WebIdentityToken: await tokenIn(tokenFile, "AWS_WEB_IDENTITY_TOKEN_FILE"),
      });
      const xml = await ask({ url: new URL(endpoint), method: "POST", body });
      const names = ["AccessKeyId", "SecretAccessKey", "Expiration"];
      const found = Object.fromEntries(names.map((name) => [name, memberOf(xml, name)]));
      return keysIn({ ...found, Token: memberOf(xml, "SessionToken") });
    },
  };
}

/** The token service of a region; those in China have a domain of their own. */
export function tokenServiceOf(region: string): string {
  return `https://sts.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}/`;
}
