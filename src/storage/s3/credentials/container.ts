/**
 * The role of a container: an agent beside it hands out its keys. "Container credential provider" of
 * the AWS SDKs and Tools Reference Guide, read 2026-11: ECS sets a path below a fixed address, EKS
 * Pod Identity a full address and a file whose token changes and is read for every question.
 */

import { messageOf } from "../../../errors.ts";
import { isRecord, parsedJson } from "../../../json.ts";
import { ask, keysIn } from "./ask.ts";
import type { Role } from "./credentials.ts";

export interface ContainerOptions {
  readonly url: string;
  /** The path of the file that holds the token, in place of `token`. */
  readonly tokenFile?: string;
  readonly token?: string;
}

/** Where ECS answers to a path. */
export const ECS_AGENT = "http://169.254.170.2";

export function containerRole({ url, tokenFile, token }: ContainerOptions): Role {
  return {
    origin: "the role of this container",
    async fetchKeys() {
      const authorization = tokenFile === undefined ? token : await tokenIn(tokenFile);
      const headers = { accept: "application/json", ...authorization && { authorization } };
      const answer = parsedJson(await ask({ url: new URL(url), headers }));
      return keysIn(isRecord(answer) ? answer : {});
    },
  };
}

/** The token in a file. @throws with the path, and the variable that names it. */
export async function tokenIn(
  path: string,
  variable = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
): Promise<string> {
  try {
    return (await Deno.readTextFile(path)).trim();
  } catch (error) {
    throw new Error(`the file of ${variable} cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
