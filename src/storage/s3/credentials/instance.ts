/**
 * The role of a virtual machine, from its metadata service, version 2 alone: a token is had first,
 * which a request that somebody else's words made this server send could not bring along. "IMDS
 * credential provider" of the AWS SDKs and Tools Reference Guide, and "Use IMDSv2" of the Amazon EC2
 * User Guide, read 2026-11.
 */

import { isRecord, parsedJson } from "../../../json.ts";
import { ask, keysIn, Refused } from "./ask.ts";
import type { Role } from "./credentials.ts";

export function instanceRole(endpoint: string): Role {
  const at = (path: string) => new URL(`${endpoint}/latest/${path}`);
  return {
    origin: "the role of this machine",
    async fetchKeys() {
      const token = await ask({
        url: at("api/token"),
        method: "PUT",
        headers: { "x-aws-ec2-metadata-token-ttl-seconds": "21600" },
        attempts: 1,
      }).catch((error) => {
        throw new Error(`this machine has none (${error.message}). ${INSTEAD}`, { cause: error });
      });
      const headers = { "x-aws-ec2-metadata-token": token };
      const names = await ask({ url: at(ROLES), headers }).catch((error) => {
        const isNone = error instanceof Refused && error.status === 404;
        throw isNone ? new Error(`this machine has none. ${INSTEAD}`) : error;
      });
      const [name = ""] = names.trim().split("\n");
      const url = at(`${ROLES}${encodeURIComponent(name)}`);
      const answer = parsedJson(await ask({ url, headers }));
      return keysIn(isRecord(answer) ? answer : {});
    },
  };
}

const ROLES = "meta-data/iam/security-credentials/";
const INSTEAD = "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the machine a role";
