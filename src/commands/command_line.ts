import type { Env, EnvValue } from "../config/variables.ts";

/** The exit status of a command whose work failed. */
export const FAILURE = 1;
/** The exit status of a command line that cannot be understood. */
export const MISUSE = 2;

/** The flags that stand for a variable. */
const VARIABLE_OF_FLAG: Readonly<Record<string, string>> = {
  transport: "MCP_TRANSPORT",
  host: "MCP_HOST",
  port: "MCP_PORT",
  "env-file": "MCP_ENV_FILE",
  out: "MCP_IMAGE_SAVE_DIR",
};

/** The settings given as flags, which win over every other source. */
export function settingsOnCommandLine(flags: Readonly<Record<string, string>>): Env {
  const env = new Map<string, EnvValue>();
  for (const [flag, value] of Object.entries(flags)) {
    const variable = VARIABLE_OF_FLAG[flag];
    if (variable) env.set(variable, { value, source: `--${flag}` });
  }
  return env;
}
