/** The addresses of OpenAI's image API, whose code is loaded with its first client. */

import type { HttpDependencies, IncomingRequest } from "../dependencies.ts";
import type { Route } from "../route.ts";
import type { ImagesApi } from "./api.ts";

export interface ImagesApiRoutes {
  /** None where nothing answers such clients. */
  readonly routes: readonly Route[];
  /** Calls that are being worked on. */
  readonly running: number;
}

export function imagesApiRoutes(dependencies: HttpDependencies): ImagesApiRoutes {
  const { imagesApi: parts } = dependencies;
  if (!parts) return { routes: [], running: 0 };
  let api: Promise<ImagesApi> | undefined;
  let running = 0;
  const answer = async (visit: IncomingRequest) => {
    running++;
    visit.atEnd(() => void running--);
    api ??= import("./api.ts").then((each) => each.createImagesApi(dependencies, parts));
    return await (await api).answer(visit);
  };
  const inItsForm = async (refused: Response) =>
    await (await import("./errors.ts")).reformed(refused);
  const common = { access: "private", answer, inItsForm } as const;
  return {
    routes: [
      { path: "/v1/images/generations", methods: ["POST"], ...common },
      { path: "/v1/images/edits", methods: ["POST"], ...common },
      { path: "/v1/models", methods: ["GET"], ...common },
      { path: "/v1/models/", methods: ["GET"], ...common },
    ],
    get running() {
      return running;
    },
  };
}
