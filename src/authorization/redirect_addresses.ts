/** Where a browser goes after a person has decided: addresses that a client named before, and no others. */

/** Why an address may not be registered, to end the sentence "… is not accepted: it …". */
export function redirectProblem(address: string): string | undefined {
  if (address.length > LONGEST) return `is longer than ${LONGEST} characters`;
  const url = /^[!-~]+$/.test(address) ? URL.parse(address) : null;
  if (url === null) return "is no absolute address in printable ASCII";
  if (address.includes("#")) return "has a fragment";
  if (url.username !== "" || url.password !== "") return "holds a name or password";
  if (url.protocol === "https:") return undefined;
  if (url.protocol === "http:") return isLoopback(url) ? undefined : "is http to another machine";
  const scheme = url.protocol.slice(0, -1);
  return HANDLED.test(scheme)
    ? `begins with '${scheme}:', which no client has for itself`
    : undefined;
}

/**
 * Whether a request may name an address: one that is registered, letter by letter, but for the port
 * on this machine, which a program learns only when it listens (RFC 8252, 7.3).
 */
export function isRegistered(address: string, registered: readonly string[]): boolean {
  if (registered.includes(address)) return true;
  const wanted = withoutPort(address);
  return wanted !== undefined && registered.some((each) => withoutPort(each) === wanted);
}

/** Whether only programs on the person's own machine listen there. */
export function isLoopbackAddress(address: string): boolean {
  const url = URL.parse(address);
  return url !== null && url.protocol === "http:" && isLoopback(url);
}

/** Who is told there, for people: a host, or the beginning of links that only one program opens. */
export function redirectHost(address: string): string {
  const url = new URL(address);
  return /^https?:$/.test(url.protocol) ? url.host : `${url.protocol}//`;
}

/** Letter by letter but for the port; undefined for an address of any other machine. */
function withoutPort(address: string): string | undefined {
  const [, host, rest] = LOOPBACK_ADDRESS.exec(address) ?? [];
  return host === undefined ? undefined : `${host}${rest}`;
}

function isLoopback({ hostname }: URL): boolean {
  return LOOPBACK.has(hostname);
}

const LOOPBACK: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);
const LOOPBACK_ADDRESS = /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?((?:[/?].*)?)$/s;
const LONGEST = 1_000;
/**
 * Schemes that a browser or the system handles by itself, or that run something. A client's own, such
 * as "cursor:", is for that client alone (RFC 8252, 7.1).
 */
const HANDLED = new RegExp(
  "^(?:about|blob|chrome.*|content|data|edge|file|filesystem|ftps?|geo|intent|jar|javascript|" +
    "ldaps?|mailto|mms|ms-.*|news|nfs|resource|search-ms|shell|sftp|sip|sms|smb|ssh|tel|telnet|" +
    "vbscript|view-source|wss?|wyciwyg)$",
);
