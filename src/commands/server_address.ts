/** The address of a running server, as a person gives it with a flag. */

/** Where a server of this kind answers, unless the address names a path itself. */
const MCP_PATH = "/mcp";

/** The address of its MCP endpoint, or one line that says what is wrong with what `flag` was given. */
export function readServerAddress(
  flag: string,
  address: string,
): { readonly url: URL } | { readonly mistake: string } {
  const url = URL.parse(address);
  if (!url || !/^https?:$/.test(url.protocol)) {
    return { mistake: `${flag} needs an absolute http or https address` };
  }
  // The address is not repeated: what is wrong with it may be a key.
  if (url.username || url.password || url.search) {
    const mistake = `${flag} takes an address without a password or a query, because addresses ` +
      "end up in logs; the token belongs in MCP_AUTH_TOKEN";
    return { mistake };
  }
  if (url.pathname === "/") url.pathname = MCP_PATH;
  return { url };
}
