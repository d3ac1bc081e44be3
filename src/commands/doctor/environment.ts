/** Which .env file was read, and what in it and around it was passed over. */

import type { EnvironmentSnapshot } from "../../config/environment.ts";
import { noticesAbout } from "../../config/notices.ts";
import type { Finding } from "./finding.ts";

export function checkEnvironment(snapshot: EnvironmentSnapshot): readonly Finding[] {
  return [
    whatWasRead(snapshot),
    ...whatClientsLeaveOut(snapshot),
    ...unreadable(snapshot),
    ...passedOver(snapshot),
  ];
}

function whatWasRead({ envFile, searched, env }: EnvironmentSnapshot): Finding {
  const check = ".env";
  if (!envFile) {
    return { check, state: "note", message: `none; looked for ${searched.join(" and ")}` };
  }
  const names = [...env].filter(([, { source }]) => source === envFile).map(([name]) => name);
  const used = names.length > 0 ? names.join(", ") : "nothing in it is used";
  return { check, state: "ok", message: `${envFile} (${used})` };
}

/** A person's own shell trusts the file; a client that opens any folder cannot. */
function whatClientsLeaveOut(
  { leftOutForClients: names, envFile }: EnvironmentSnapshot,
): readonly Finding[] {
  if (names.length === 0) return [];
  const message = `a server that a client starts in this folder leaves out ${names.join(", ")}, ` +
    `since anybody may write a folder's file: set MCP_ENV_FILE=${envFile} there, as init does`;
  return [{ check: "clients", state: "note", message }];
}

/** A server starts without such a file, and then lacks what its owner believes to have set. */
function unreadable({ unreadable }: EnvironmentSnapshot): readonly Finding[] {
  return unreadable.filter(({ isForbidden }) => !isForbidden).map(({ path, reason }) => ({
    check: ".env",
    state: "broken",
    message: `${path} exists but cannot be read: ${reason}`,
  }));
}

function passedOver(snapshot: EnvironmentSnapshot): readonly Finding[] {
  const unreadable = snapshot.unreadable.filter(({ isForbidden }) => isForbidden);
  return noticesAbout({ ...snapshot, unreadable }).map(({ level, message }) => ({
    check: "environment",
    state: STATES[level],
    message,
  }));
}

const STATES = { info: "note", warning: "warning" } as const;
