/**
 * The one door to whoever shows the view: the messages of MCP Apps, revision 2026-01-26 (stable; the
 * package `@modelcontextprotocol/ext-apps` 2.0.4 of 2026-10-27 speaks it), written by hand, since the
 * package is twenty times as large as the view.
 */

import type { ToolResult } from "./answer.ts";

/** What a host says of itself and of the place that it gives; all of it is optional. */
export interface HostContext {
  readonly theme?: "light" | "dark";
  readonly styles?: {
    readonly variables?: Readonly<Record<string, string | undefined>>;
    readonly css?: { readonly fonts?: string };
  };
  readonly displayMode?: string;
  readonly availableDisplayModes?: readonly string[];
  readonly containerDimensions?: {
    readonly height?: number;
    readonly maxHeight?: number;
  };
  readonly locale?: string;
  readonly safeAreaInsets?: Readonly<Record<"top" | "right" | "bottom" | "left", number>>;
}

/** What a host does for a view. */
export interface Abilities {
  /** Calls tools of the server. */
  readonly callTools: boolean;
  readonly readResources: boolean;
  /** Puts a message of the person into the conversation. */
  readonly sayMessages: boolean;
  /** Lets the model know something at its next turn. */
  readonly tellModel: boolean;
  readonly openLinks: boolean;
  readonly saveFiles: boolean;
}

export interface HostEvents {
  /** The arguments of the call that the view is about, or the beginning, while they are written. */
  readonly onInput: (args: Readonly<Record<string, unknown>>, isWhole: boolean) => void;
  readonly onResult: (result: ToolResult) => void;
  readonly onCancelled: (reason: string) => void;
  readonly onContext: (context: HostContext) => void;
  /** The view is about to be taken away. */
  readonly onTeardown: () => void;
}

/** A host that refused, or did not answer in time. */
export class HostError extends Error {}

export interface Host {
  readonly can: Abilities;
  /** @throws {HostError} where the host refuses or does not answer; a tool's own failure is an answer. */
  callTool(name: string, args: Readonly<Record<string, unknown>>): Promise<ToolResult>;
  /** The contents of a resource. @throws {HostError} */
  readResource(uri: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** @throws {HostError} */
  say(text: string): Promise<void>;
  /** Replaces what the model was told before. @throws {HostError} */
  tellModel(text: string): Promise<void>;
  /** @throws {HostError} */
  openLink(url: string): Promise<void>;
  /** Has the host fetch a resource and save it as a file. @throws {HostError} */
  saveFile(
    link: { readonly uri: string; readonly name: string; readonly mimeType: string },
  ): Promise<
    void
  >;
  /** @throws {HostError} */
  setDisplayMode(mode: "inline" | "fullscreen"): Promise<void>;
  /** In CSS pixels. */
  sizeChanged(height: number): void;
}

/** Introduces the view; resolves when the host has answered, which may be never. @throws {HostError} */
export async function connectHost(events: HostEvents): Promise<Host> {
  if (parent === window) throw new HostError("Nobody shows this view");
  const { request, notify } = openChannel(events);
  const { hostCapabilities = {}, hostContext = {} } = await request("ui/initialize", {
    protocolVersion: "2026-01-26",
    appInfo: { name: "mcp-image-server", version: "1" },
    appCapabilities: { availableDisplayModes: ["inline", "fullscreen"] },
  }, Infinity) as Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  const has = (capability: string) => hostCapabilities[capability] !== undefined;
  events.onContext(hostContext);
  notify("ui/notifications/initialized", {});
  const ask = async (method: string, params: object) => {
    const { isError } = await request(method, params, ANSWER_MS) as { readonly isError?: boolean };
    if (isError === true) throw new HostError("The app that shows this view refused");
  };
  return {
    can: {
      callTools: has("serverTools"),
      readResources: has("serverResources"),
      sayMessages: has("message"),
      tellModel: has("updateModelContext"),
      openLinks: has("openLinks"),
      saveFiles: has("downloadFile"),
    },
    callTool: async (name, args) =>
      await request("tools/call", { name, arguments: args }, TOOL_MS) as ToolResult,
    readResource: async (uri) => {
      const { contents } = await request("resources/read", { uri }, TOOL_MS);
      return Array.isArray(contents) ? contents : [];
    },
    say: (text) => ask("ui/message", { role: "user", content: [{ type: "text", text }] }),
    tellModel: (text) => ask("ui/update-model-context", { content: [{ type: "text", text }] }),
    openLink: (url) => ask("ui/open-link", { url }),
    saveFile: (link) => ask("ui/download-file", { contents: [{ type: "resource_link", ...link }] }),
    setDisplayMode: async (mode) => {
      const { mode: displayMode } = await request("ui/request-display-mode", { mode }, ANSWER_MS);
      if (typeof displayMode === "string") events.onContext({ displayMode });
    },
    sizeChanged: (height) => notify("ui/notifications/size-changed", { height }),
  };
}

type Answer = Readonly<Record<string, unknown>>;

interface Waiting {
  readonly resolve: (result: Answer) => void;
  readonly reject: (error: HostError) => void;
}

/** JSON-RPC with the window above, and with no other. */
function openChannel(events: HostEvents) {
  const waiting = new Map<unknown, Waiting>();
  let lastId = 0;
  // The host's origin is not known, and nothing in these messages is a secret to it.
  const post = (message: object) => parent.postMessage({ jsonrpc: "2.0", ...message }, "*");

  addEventListener("message", ({ source, data }) => {
    if (source !== parent || data?.jsonrpc !== "2.0") return;
    const { id, method, params, result, error } = data;
    if (typeof method === "string") {
      if (id === undefined) return NOTICES[method]?.(events, params ?? {});
      const known = REQUESTS[method];
      known?.(events);
      const unknown = { code: -32601, message: `This view does not know ${method}` };
      return post({ id, ...known ? { result: {} } : { error: unknown } });
    }
    const call = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) call?.resolve(result ?? {});
    else {call?.reject(
        new HostError(String(error?.message ?? "The app that shows this view failed")),
      );}
  });

  return {
    notify: (method: string, params: object) => post({ method, params }),
    /** Answers later than `limit` milliseconds are none. */
    request(method: string, params: object, limit: number): Promise<Answer> {
      const id = ++lastId;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        if (limit < Infinity) {
          setTimeout(() => {
            waiting.delete(id);
            reject(new HostError("The app that shows this view did not answer"));
          }, limit);
        }
        post({ id, method, params });
      });
    },
  };
}

const NOTICES: Readonly<
  // deno-lint-ignore no-explicit-any
  Record<string, (events: HostEvents, params: any) => void>
> = {
  "ui/notifications/tool-input-partial": ({ onInput }, params) =>
    onInput(params.arguments ?? {}, false),
  "ui/notifications/tool-input": ({ onInput }, params) => onInput(params.arguments ?? {}, true),
  "ui/notifications/tool-result": ({ onResult }, params) => onResult(params),
  "ui/notifications/tool-cancelled": ({ onCancelled }, params) =>
    onCancelled(String(params.reason ?? "")),
  "ui/notifications/host-context-changed": ({ onContext }, params) => onContext(params),
};

/** What a host may ask of a view; the answer to all is that it is done. */
const REQUESTS: Readonly<Record<string, (events: HostEvents) => void>> = {
  "ping": () => {},
  "ui/resource-teardown": ({ onTeardown }) => onTeardown(),
};

/** In milliseconds. A person may be asked first. */
const ANSWER_MS = 60_000;
const TOOL_MS = 120_000;
