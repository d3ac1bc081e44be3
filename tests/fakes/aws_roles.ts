/**
 * Those who give a role's keys, and truly check who asks: the agent beside a container, the token
 * service for an identity, and the metadata service of a machine, version 2 alone. From the AWS SDKs
 * and Tools Reference Guide, the Security Token Service API Reference and the EC2 User Guide, read 2026-11.
 */

import { join } from "node:path";

export interface GivenKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

export interface FakeRoles extends AsyncDisposable {
  /** "http://127.0.0.1:PORT" */
  readonly url: string;
  /** The keys that are good now; whoever asks is given them. */
  readonly keys: GivenKeys;
  /** Milliseconds for which given keys are good. */
  lifetime: number;
  /** The methods and paths of what was asked, refused ones too. */
  readonly requests: string[];
  /** What the next requests are answered with before anything is looked at. */
  readonly faults: (() => Response)[];
  /** Gives other keys from now on. */
  renew(): void;
  /** What the token file must hold from now on. */
  setToken(token: string): Promise<void>;
  readonly tokenFile: string;
  /** The environment of a process with each kind of role. */
  readonly environments: Readonly<Record<RoleKind, Readonly<Record<string, string>>>>;
}

export type RoleKind = "container" | "identity" | "machine";

export const ROLE_ARN = "arn:aws:iam::123456789012:role/images";

/** `folder` is where the token file lies. */
export async function startFakeRoles(
  folder: string,
  { now = Date.now }: { readonly now?: () => number } = {},
): Promise<FakeRoles> {
  const requests: string[] = [];
  const faults: (() => Response)[] = [];
  const tokenFile = join(folder, "token");
  let [made, token, lifetime] = [0, "", 6 * 3_600_000];
  let keys: GivenKeys;
  const renew = () => {
    made++;
    const random = crypto.getRandomValues(new Uint8Array(20)).toBase64();
    keys = {
      accessKeyId: `ASIAEXAMPLE${made}`,
      secretAccessKey: random,
      sessionToken: `session/${made}+${random}==`,
    };
  };
  renew();
  const metadataTokens = new Set<string>();
  const expiration = () => new Date(now() + lifetime).toISOString().replace(/\.\d+Z$/, "Z");
  const json = (more: Record<string, string> = {}) =>
    Response.json({
      AccessKeyId: keys.accessKeyId,
      SecretAccessKey: keys.secretAccessKey,
      Token: keys.sessionToken,
      Expiration: expiration(),
      ...more,
    });

  const HANDLERS: Readonly<Record<string, (request: Request) => Response | Promise<Response>>> = {
    "GET /v1/credentials"(request) {
      if (request.headers.get("authorization") !== token) {
        return Response.json({ code: "AccessDenied", message: "Wrong token" }, { status: 403 });
      }
      return json();
    },
    async "POST /"(request) {
      const form = new URLSearchParams(await request.text());
      const type = request.headers.get("content-type") ?? "";
      const names = [...form.keys()].sort().join(" ");
      const isForm = type.startsWith("application/x-www-form-urlencoded") &&
        names === "Action RoleArn RoleSessionName Version WebIdentityToken" &&
        form.get("Action") === "AssumeRoleWithWebIdentity" && form.get("Version") === "2011-06-15";
      if (!isForm || request.headers.has("authorization")) return xmlError(400, "InvalidAction");
      if (!/^[\w+=,.@-]{2,64}$/.test(form.get("RoleSessionName")!)) {
        return xmlError(400, "ValidationError");
      }
      if (form.get("WebIdentityToken") !== token) return xmlError(400, "InvalidIdentityToken");
      if (form.get("RoleArn") !== ROLE_ARN) return xmlError(403, "AccessDenied");
      return xml(
        `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
          <AssumeRoleWithWebIdentityResult><Credentials>
            <SessionToken>${keys.sessionToken}</SessionToken>
            <SecretAccessKey>${keys.secretAccessKey}</SecretAccessKey>
            <Expiration>${expiration()}</Expiration>
            <AccessKeyId>${keys.accessKeyId}</AccessKeyId>
          </Credentials></AssumeRoleWithWebIdentityResult>
        </AssumeRoleWithWebIdentityResponse>`,
      );
    },
    "PUT /latest/api/token"(request) {
      const seconds = Number(request.headers.get("x-aws-ec2-metadata-token-ttl-seconds"));
      const isForwarded = request.headers.has("x-forwarded-for");
      if (!(seconds >= 1 && seconds <= 21_600) || isForwarded) {
        return new Response(null, { status: 400 });
      }
      const given = crypto.randomUUID();
      metadataTokens.add(given);
      return new Response(given);
    },
    "GET /latest/meta-data/iam/security-credentials/": (request) =>
      metadataTokens.has(request.headers.get("x-aws-ec2-metadata-token") ?? "")
        ? new Response("images-role")
        : new Response(null, { status: 401 }),
    "GET /latest/meta-data/iam/security-credentials/images-role": (request) =>
      metadataTokens.has(request.headers.get("x-aws-ec2-metadata-token") ?? "")
        ? json({ Code: "Success", Type: "AWS-HMAC", LastUpdated: new Date(now()).toISOString() })
        : new Response(null, { status: 401 }),
  };
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const what = `${request.method} ${new URL(request.url).pathname}`;
    requests.push(what);
    const fault = faults.shift()?.();
    if (fault) return fault;
    return await HANDLERS[what]?.(request) ?? new Response(null, { status: 404 });
  });
  const url = `http://127.0.0.1:${server.addr.port}`;
  const setToken = async (next: string) => {
    token = next;
    await Deno.writeTextFile(tokenFile, `${next}\n`);
  };
  await setToken("first.token");
  return {
    ...{ url, requests, faults, renew, setToken, tokenFile },
    get keys() {
      return keys;
    },
    get lifetime() {
      return lifetime;
    },
    set lifetime(milliseconds) {
      lifetime = milliseconds;
    },
    environments: {
      container: {
        AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/v1/credentials`,
        AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: tokenFile,
      },
      identity: {
        AWS_ROLE_ARN: ROLE_ARN,
        AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile,
        AWS_ENDPOINT_URL_STS: url,
      },
      machine: { AWS_EC2_METADATA_SERVICE_ENDPOINT: url },
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

function xmlError(status: number, code: string): Response {
  return xml(
    `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code>
      <Message>The fake says ${code}</Message></Error></ErrorResponse>`,
    status,
  );
}

function xml(text: string, status = 200): Response {
  return new Response(text, { status, headers: { "content-type": "text/xml" } });
}
