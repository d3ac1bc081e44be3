/**
 * An app that shows views, in the browser: the package's own bridge, as it is. What it knows comes from
 * the test, and what the view asks of the server goes through `callServer`, which the test answers.
 */

import { AppBridge, PostMessageTransport } from "@modelcontextprotocol/ext-apps/app-bridge";

/**
 * Shows the view, in place of the one before; `silent` hosts load it and never say a word. Resolves when
 * the view is there. `asked` is what it asked of the host, in order.
 */
globalThis.showView = async ({ html, meta, sandbox, capabilities, context, silent }) => {
  await globalThis.bridge?.close();
  document.querySelector("iframe")?.remove();
  globalThis.asked = [];
  const frame = document.createElement("iframe");
  // Specification 2026-01-26, "Sandbox proxy", 2.
  frame.setAttribute("sandbox", "allow-scripts allow-same-origin");
  frame.setAttribute("allow", "clipboard-write");
  // As Claude does: nothing is seen of a view that has not introduced itself.
  frame.style = `border:0;width:100%;height:200px;display:${silent ? "block" : "none"}`;
  document.body.append(frame);
  const bridge = new AppBridge(null, { name: "test-host", version: "1" }, capabilities, {
    hostContext: context,
  });
  const { promise, resolve } = Promise.withResolvers();
  const note = (what, answer = {}) => (params) => {
    asked.push({ what, params });
    return Promise.resolve(answer);
  };
  bridge.onsandboxready = () => {
    const { csp, permissions } = meta.ui;
    bridge.sendSandboxResourceReady({ html, csp, permissions });
    if (silent) resolve();
  };
  bridge.oninitialized = () => {
    frame.style.display = "block";
    resolve();
  };
  bridge.onsizechange = ({ width, height }) => {
    asked.push({ what: "size", params: { width, height } });
    if (height !== undefined) frame.style.height = `${height}px`;
  };
  bridge.onmessage = note("message");
  bridge.onopenlink = note("link");
  bridge.ondownloadfile = note("file");
  bridge.onupdatemodelcontext = note("context");
  bridge.onrequestdisplaymode = note("mode", { mode: "fullscreen" });
  if (capabilities.serverTools) {
    bridge.oncalltool = (params) => {
      asked.push({ what: "tool", params });
      return callServer("tools/call", params);
    };
  }
  if (capabilities.serverResources) {
    bridge.onreadresource = (params) => callServer("resources/read", params);
  }
  const { contentWindow } = frame;
  const transport = new PostMessageTransport(contentWindow, contentWindow);
  if (silent) {
    const send = transport.send.bind(transport);
    transport.send = (message) =>
      message.method?.startsWith("ui/notifications/sandbox-") ? send(message) : Promise.resolve();
  }
  await bridge.connect(transport);
  globalThis.bridge = bridge;
  frame.src = sandbox;
  await promise;
};
