/** What can be told without asking anybody: versions, settings, the folder, the port. */

import type { App } from "../../app.ts";
import { messageOf } from "../../errors.ts";
import { checkHttpSettings } from "../../http/check.ts";
import { bracketed, withoutBrackets } from "../../http/hosts.ts";
import { VERSION } from "../../version.ts";
import { checkEnvironment } from "./environment.ts";
import { checkDatabase } from "./database.ts";
import type { Finding } from "./finding.ts";
import { checkImageStore } from "./image_store.ts";
import { checkRecordsSize } from "./records_size.ts";
import { checkRetention } from "./retention.ts";
import { checkSaveDirectory } from "./save_directory.ts";

export async function checkInstallation(
  app: App,
): Promise<readonly Finding[]> {
  return [
    version(),
    ...checkEnvironment(app.configuration.snapshot),
    ...settings(app),
    ...await checkSaveDirectory(app.saveDirectory),
    ...await checkRecordsSize(app.saveDirectory),
    ...await checkRetention(app),
    ...await checkImageStore(app.configuration.settings),
    ...await checkDatabase(app),
    await port(app),
  ];
}

function version(): Finding {
  const { os, arch, standalone } = Deno.build;
  const form = standalone ? "standalone executable" : `Deno ${Deno.version.deno}`;
  return { check: "version", state: "ok", message: `${VERSION}, ${form}, ${os} ${arch}` };
}

function settings({ configuration }: App): readonly Finding[] {
  const isHttp = configuration.settings.MCP_TRANSPORT === "http";
  const problems = [
    ...configuration.problems,
    ...(isHttp ? checkHttpSettings(configuration.settings) : []),
  ];
  if (problems.length === 0) {
    const message = `no mistakes, transport ${configuration.settings.MCP_TRANSPORT}`;
    return [{ check: "settings", state: "ok", message }];
  }
  return problems.map(({ message }) => ({ check: "settings", state: "broken", message }));
}

async function port({ configuration }: App): Promise<Finding> {
  const { MCP_HOST, MCP_PORT, MCP_TRANSPORT } = configuration.settings;
  const check = "port";
  const isNeeded = MCP_TRANSPORT === "http";
  if (MCP_PORT === 0) return { check, state: "ok", message: "any free one (MCP_PORT=0)" };
  const place = `${bracketed(MCP_HOST)}:${MCP_PORT}`;
  try {
    Deno.listen({ hostname: withoutBrackets(MCP_HOST), port: MCP_PORT }).close();
    const use = isNeeded ? "" : " (used only with MCP_TRANSPORT=http)";
    return { check, state: "ok", message: `${place} is free${use}` };
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) {
      const message = `Cannot listen at ${place}: ${messageOf(error)}`;
      return { check, state: isNeeded ? "broken" : "note", message };
    }
    if (await isThisServer(place)) {
      return { check, state: "ok", message: `this server runs at ${place} already` };
    }
    const message = `${place} is taken by another program; set MCP_PORT to a free port`;
    return { check, state: isNeeded ? "broken" : "note", message };
  }
}

async function isThisServer(place: string): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(2000);
    const response = await fetch(`http://${place}/health`, { signal });
    const health: unknown = await response.json();
    return JSON.stringify(health).includes('"service":"mcp-image-server"');
  } catch {
    return false;
  }
}
