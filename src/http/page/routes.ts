/** The addresses of the studio page, which is loaded with its first visitor. */

import type { HttpDependencies, IncomingRequest } from "../dependencies.ts";
import type { Route } from "../route.ts";
import type { PageHandlers } from "./handlers.ts";
import type { SignIn } from "./sign_in.ts";

/** None where there is no page. */
export function pageRoutes(
  dependencies: HttpDependencies,
  signIn: SignIn,
): readonly Route[] {
  const { page } = dependencies;
  if (!page) return [];
  let handlers: Promise<PageHandlers> | undefined;
  const pageHandlers = () =>
    handlers ??= import("./handlers.ts").then((each) =>
      each.createPageHandlers(dependencies, page, signIn)
    );
  const after = (path: string, { url }: IncomingRequest) => url.pathname.slice(path.length);
  const form = { methods: ["GET", "HEAD", "POST"], access: "link" as const };
  return [
    {
      path: "/",
      methods: ["GET", "HEAD"],
      access: "link",
      answer: async (visit) => await (await pageHandlers()).document(visit),
    },
    {
      path: "/page/data/",
      methods: ["GET", "HEAD", "POST"],
      access: "page",
      answer: async (visit) =>
        await (await pageHandlers()).data(visit, after("/page/data/", visit)),
    },
    {
      path: "/page/",
      ...form,
      answer: async (visit) => await (await pageHandlers()).part(visit, after("/page/", visit)),
    },
  ];
}
