/** What clients of a transport see and may name of this machine. */

import { homeDirectory, type Runtime } from "../config/env_files.ts";
import { expandHome } from "../config/save_directory.ts";
import { recordSeconds, type Settings } from "../config/settings.ts";
import { ImageError, SETTINGS_FILE } from "../errors.ts";
import type { CopyPlace } from "../requests/request.ts";
import type { InputAccess } from "../service/image_service.ts";
import { savePlaceAt } from "../storage/save_copy.ts";

/** How a transport shows pictures to its clients. */
export type TransportView =
  | { readonly transport: "stdio" }
  | { readonly transport: "http"; readonly baseUrl: () => string | null };

/** Over stdio it is the machine's own user who asks. */
export function inputAccess(
  view: TransportView,
  settings: Settings,
  runtime: Runtime,
): InputAccess {
  return {
    mayReadAnyFile: view.transport === "stdio",
    folders: settings.MCP_INPUT_DIRS.map((folder) => expandHome(folder, runtime)),
    hosts: settings.MCP_INPUT_HOSTS.map((host) => host.toLowerCase()),
    home: homeDirectory(runtime),
    usesProxy: ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]
      .some((name) => runtime.environment(name)),
    recordSeconds: recordSeconds(settings),
    hasUploadLinks: pageUrl(view, settings, "") !== null,
  };
}

export async function copyPlace(
  path: string,
  { transport }: TransportView,
  { MCP_SAVE_AS_DIRS }: Settings,
  runtime: Runtime,
): Promise<CopyPlace> {
  const instead = transport === "stdio"
    ? `leave it out and copy the file at local_path, or name folders in MCP_SAVE_AS_DIRS in ${SETTINGS_FILE}`
    : "leave it out: over HTTP a picture is at its url";
  if (transport !== "stdio" || MCP_SAVE_AS_DIRS.length === 0) {
    throw new ImageError("invalid_parameters", `save_as may write nowhere here; ${instead}`);
  }
  const folders = MCP_SAVE_AS_DIRS.map((folder) => expandHome(folder, runtime));
  return await savePlaceAt(expandHome(path, runtime), folders);
}

export function showsLocalPath({ transport }: TransportView, settings: Settings): boolean {
  return transport === "stdio" || settings.MCP_EXPOSE_LOCAL_PATH;
}

/** Over stdio nothing listens, so only a public address helps. */
export function pageUrl(view: TransportView, settings: Settings, path: string): string | null {
  const base = view.transport === "http" ? view.baseUrl() : settings.MCP_PUBLIC_BASE_URL ?? null;
  return base && `${base}/${path}`;
}
