/** Every address the server answers, and what every request passes through. */

import { messageOf } from "../errors.ts";
import { longestMessage } from "../mcp/message_bounds.ts";
import { sleep } from "../sleep.ts";
import { json, refusal } from "./answers.ts";
import { cutOff, mayBeEndless } from "./bodies/body.ts";
import { createAccessTokenCheck, createBearerCheck } from "./bearer.ts";
import { parseTokens } from "../config/tokens.ts";
import { createEndpoint } from "./endpoint.ts";
import { whenOver } from "./event_stream.ts";
import { answerWithImage } from "./files.ts";
import { authorizationRoutes } from "./authorization/routes.ts";
import { createGuard } from "./guard.ts";
import type { HttpDependencies, IncomingRequest } from "./dependencies.ts";
import { countedAddress, wrongTarget } from "./hosts.ts";
import { imagesApiRoutes } from "./images_api/routes.ts";
import { pageRoutes } from "./page/routes.ts";
import { createSignIn } from "./page/sign_in.ts";
import { createProtectedResource, METADATA_PATH } from "./protected_resource.ts";
import { StorageAway } from "../storage/storage_away.ts";
import { createRateLimits } from "./limits/rate_limit.ts";
import type { Route } from "./route.ts";
import type { UploadHandlers } from "./uploads/handlers.ts";

export interface HttpHandler extends AsyncDisposable {
  fetch(request: Request, info: RemoteInfo): Promise<Response>;
  /**
   * Turns new requests away, waits at most `grace` milliseconds for running
   * MCP requests, then ends every session and stream.
   */
  close(grace?: number): Promise<void>;
  /** How many sessions of older clients are open. */
  readonly sessions: number;
  /** How many MCP requests are being worked on. */
  readonly running: number;
}

export interface RemoteInfo {
  readonly remoteAddr: { readonly hostname: string };
  /** Resolves when the answer has gone out; absent where there is no connection. */
  readonly completed?: Promise<void>;
}

/** Puts the transport together; settings have passed `checkHttpSettings`. */
export function createHttpHandler(dependencies: HttpDependencies): HttpHandler {
  const { settings, version, images, readiness, log, metrics, now = Date.now } = dependencies;
  const startedAt = now();
  const { issuers = [], oneTimeKey, common } = dependencies;
  const resource = issuers.length > 0
    ? createProtectedResource(settings.MCP_PUBLIC_BASE_URL ?? "", issuers)
    : undefined;
  const bearers = { tokens: parseTokens(settings.MCP_AUTH_TOKEN) ?? [], issuers, log, now };
  const accessTokenVisitor = resource && createAccessTokenCheck(bearers);
  const endpoint = createEndpoint(dependencies, resource);
  const people = dependencies.authorizationServer?.people;
  const commonKey = common && (async () => await (await common.records()).secret("page"));
  const signIn = createSignIn(settings, {
    oneTimeKey,
    accessTokenVisitor,
    people,
    commonKey,
    now,
  });
  const bearerOf = createBearerCheck(bearers);
  const pageVisitorOf = signIn.visitorOf;
  const waitFor = createRateLimits(dependencies)({ of: "requests", most: settings.MCP_RATE_LIMIT });
  const admit = createGuard({ settings, bearerOf, resource, pageVisitorOf, waitFor });
  const imagesApi = imagesApiRoutes(dependencies);
  const isPrivate = settings.MCP_PRIVATE_IMAGES;
  let isStopping = false;

  const mcp = {
    methods: ["GET", "POST", "DELETE"],
    access: "private" as const,
    scope: "images:read" as const, // what a tool needs beyond is seen in the message
  };
  const open = { methods: ["GET", "HEAD"], access: "public" as const };
  const probe = { methods: ["GET", "HEAD"], access: "probe" as const, outlivesStop: true };
  const routes: readonly Route[] = [
    { path: "/mcp", ...mcp, answer: endpoint.answer },
    { path: "/mcp/v1/messages", ...mcp, answer: endpoint.answer },
    {
      path: "/images/",
      methods: ["GET", "HEAD"],
      access: isPrivate ? "private" : "public",
      answer: ({ request, url, client }) =>
        answerWithImage(request, url.pathname.slice("/images/".length), images, {
          owner: isPrivate ? client : undefined,
          redirects: settings.MCP_IMAGE_DELIVERY === "redirect",
        }),
    },
    { path: "/uploads", methods: ["POST"], access: "private", answer: uploadOfProgram },
    {
      path: "/uploads/",
      methods: ["GET", "HEAD", "POST"],
      access: "link",
      isSecret: true,
      answer: uploadAtLink,
    },
    ...imagesApi.routes,
    { path: "/manual/", ...open, answer: manual },
    { path: "/manual", ...open, answer: manual },
    ...pageRoutes(dependencies, signIn),
    ...resource
      ? [METADATA_PATH, `${METADATA_PATH}/`].map((path) => ({
        path,
        ...open,
        answer: ({ url }: IncomingRequest) =>
          resource.metadata(url.pathname.slice(METADATA_PATH.length)),
      }))
      : [],
    ...authorizationRoutes(dependencies, signIn),
    { path: "/health", ...probe, answer: health },
    { path: "/ready", ...probe, answer: ready },
    {
      path: "/metrics",
      methods: ["GET", "HEAD"],
      access: "private",
      scope: "images:admin",
      outlivesStop: true,
      answer: async () =>
        new Response(await metrics.text(), {
          headers: { "Content-Type": "text/plain; version=0.0.4; charset=utf-8" },
        }),
    },
  ];
  metrics.sessions.readFrom(() => endpoint.sessions);
  metrics.runningCalls.readFrom(() => endpoint.running);

  /** Loaded with its first reader. */
  async function manual({ request, url }: IncomingRequest): Promise<Response> {
    const { answerWithManual, toManual } = await import("./manual.ts");
    const [, path] = /^\/manual\/(.*)$/s.exec(url.pathname) ?? [];
    return path === undefined ? toManual() : await answerWithManual(request, path);
  }

  const uploadHandlers = () =>
    handlers ??= import("./uploads/handlers.ts").then((each) =>
      each.createUploadHandlers(dependencies)
    );
  let handlers: Promise<UploadHandlers> | undefined;

  async function uploadOfProgram(visit: IncomingRequest): Promise<Response> {
    return await (await uploadHandlers()).takeOfProgram(visit);
  }

  async function uploadAtLink(visit: IncomingRequest): Promise<Response> {
    return await (await uploadHandlers()).answer(
      visit,
      visit.url.pathname.slice("/uploads/".length),
    );
  }

  function health(): Response {
    return json({
      status: "healthy",
      service: "mcp-image-server",
      version,
      uptime_seconds: Math.floor((now() - startedAt) / 1000),
    });
  }

  async function ready(): Promise<Response> {
    const reasons = isStopping ? ["The server is stopping"] : await readiness();
    return reasons.length === 0
      ? json({ status: "ready" })
      : json({ status: "not ready", reasons }, 503);
  }

  /** The answer, without what every answer carries. */
  async function respond(
    request: Request,
    url: URL | null,
    route: Route | undefined,
    { remoteAddr: { hostname }, completed: delivered }: RemoteInfo,
    atEnd: IncomingRequest["atEnd"],
  ): Promise<{ response: Response; client: string }> {
    const refuse = (response: Response) => ({ response, client: "" });
    const misdirected = wrongTarget(request, url, delivered !== undefined);
    if (url === null || misdirected) return refuse(refusal(400, misdirected ?? NOT_A_TARGET));
    if (route === undefined) return refuse(refusal(404, NOTHING_HERE));
    const { inItsForm = (refused: Response) => refused } = route;
    if (isStopping && !route.outlivesStop) return refuse(await inItsForm(stopping()));
    const address = countedAddress(hostname);
    const admitted = admit(request, url, route, address);
    const { refused, visitor, headers } = admitted instanceof Promise ? await admitted : admitted;
    const { name: client, scopes } = visitor;
    const isKnownMethod = route.methods.includes(request.method);
    const response = refused === undefined && isKnownMethod
      ? await route.answer({ request, url, client, scopes, address, delivered, atEnd })
      : await inItsForm(refused ?? wrongMethod(route));
    for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
    return { response, client };
  }

  async function fetch(request: Request, info: RemoteInfo): Promise<Response> {
    const began = performance.now();
    const id = requestId(request);
    const url = URL.parse(request.url);
    const pathname = url?.pathname ?? "";
    const route = routes.find(({ path }) => isAt(path, pathname));
    const atEnd: (() => void)[] = [];
    const { response, client } = await respond(request, url, route, info, (callback) => {
      atEnd.push(callback);
    }).catch((error) => {
      if (error instanceof StorageAway) return { response: storageAway(error), client: "" };
      log.error("request failed", { request_id: id, error: messageOf(error), stack: error?.stack });
      return { response: refusal(500, "A fault of this server", { code: -32603 }), client: "" };
    });
    response.headers.set("X-Request-Id", id);
    const { status } = response;
    if (status >= 400 && mayBeEndless(request, longestMessage(settings.MCP_MAX_BODY_BYTES))) {
      if (!request.bodyUsed) response.headers.set("Connection", "close");
      cutOff(request, info.completed);
    }

    whenOver(response, () => {
      for (const callback of atEnd) callback();
      const seconds = (performance.now() - began) / 1000;
      const name = route?.path ?? "other";
      const method = KNOWN_METHODS.has(request.method) ? request.method : "other";
      metrics.httpRequests.add({ route: name, method, status: String(status) });
      metrics.httpSeconds.observe(seconds, { route: name });
      log.info("request", {
        method: request.method,
        path: route?.isSecret ? route.path : url?.pathname,
        status,
        duration_ms: Math.round(seconds * 1000),
        client: client || undefined,
        request_id: id,
      });
    });
    return response;
  }

  const running = () => endpoint.running + imagesApi.running;

  async function close(grace = 0) {
    isStopping = true;
    const deadline = performance.now() + grace;
    while (running() > 0 && performance.now() < deadline) {
      await sleep(LOOK_AGAIN);
    }
    await endpoint.close();
  }

  return {
    fetch,
    close,
    get sessions() {
      return endpoint.sessions;
    },
    get running() {
      return running();
    },
    [Symbol.asyncDispose]: () => close(),
  };
}

function isAt(path: string, pathname: string): boolean {
  return path.endsWith("/") && path !== "/"
    ? pathname.startsWith(path)
    : pathname === path || pathname === `${path}/` && path !== "/";
}

/** A proxy's own request id is kept, so that its log and ours can be read together. */
function requestId(request: Request): string {
  const given = request.headers.get("x-request-id");
  return given !== null && /^[\w.:-]{1,128}$/.test(given) ? given : crypto.randomUUID();
}

function wrongMethod({ methods }: Route): Response {
  return refusal(405, "Method not allowed", { headers: { Allow: methods.join(", ") } });
}

function stopping(): Response {
  return refusal(503, "The server is stopping; try again soon", {
    headers: { "Retry-After": "5", "Connection": "close" },
  });
}

function storageAway({ message, details }: StorageAway): Response {
  const headers = { "Retry-After": String(details.retry_after_seconds) };
  return refusal(503, message, { headers });
}

const NOT_A_TARGET = "The request's target is no address";
const NOTHING_HERE = "Nothing is here; the MCP endpoint is at /mcp";
const KNOWN_METHODS = new Set(["GET", "HEAD", "POST", "DELETE", "OPTIONS", "PUT", "PATCH"]);
/** In milliseconds. */
const LOOK_AGAIN = 25;
