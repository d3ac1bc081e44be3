/** The places where the doctor can have a small picture made. */

import type { App } from "../../app.ts";
import { parseRequest } from "../../requests/parse.ts";
import { PROVIDERS } from "../../providers/registry.ts";
import { StatelessConnection } from "./connections.ts";
import type { Generator } from "./generation.ts";
import { listOf, objectOf, textOf } from "./json.ts";
import type { RunningServer } from "./running_server.ts";

/** This process, with the providers that are on here. */
export function localGenerator({ configuration, images, imageService }: App): Generator {
  const { definitions, on } = configuration.providers;
  const providers = [...on.values()].map((provider) => {
    const { sizes, options } = provider.capabilities();
    const { quality } = options;
    return {
      name: provider.name,
      title: definitions.find(({ name }) => name === provider.name)?.title ?? provider.name,
      charges: charges(provider.name),
      sizes: Object.keys(sizes.listed),
      qualities: quality && "values" in quality ? quality.values : [],
    };
  });
  return {
    providers,
    payer: "your account",
    async draw(args) {
      const { signal } = new AbortController();
      const caller = { owner: "", key: "doctor", signal };
      const answer = await imageService.run(parseRequest(args), caller);
      const [picture] = answer.done ? answer.images : [];
      if (!picture) throw new Error("No picture came");
      if (picture.saveError) throw new Error(picture.saveError);
      return images.pathOf(picture) ?? picture.id;
    },
  };
}

/** Seconds a call waits for a picture before the server answers with a job instead. */
const WAIT = 30;
/** Milliseconds a call that waits may take. */
const CALL_TIMEOUT = (WAIT + 15) * 1000;

/** A running server, with the providers that are on there. @throws when it does not tell which. */
export async function remoteGenerator(server: RunningServer): Promise<Generator> {
  const connection = new StatelessConnection(server);
  const listed = await connection.call("list_providers", {});
  const providers = listOf(listed.providers).filter(({ on }) => on === true).map((provider) => {
    const name = textOf(provider.name);
    return {
      name,
      title: textOf(provider.title),
      charges: charges(name),
      sizes: Object.keys(objectOf(provider.resolutions)),
      qualities: textOf(objectOf(provider.options).quality).split(", "),
    };
  });
  return {
    providers,
    payer: "the server's account",
    async draw(args) {
      const waiting = { wait_seconds: WAIT };
      let answer = await connection.call("generate_image", { ...args, ...waiting }, CALL_TIMEOUT);
      while (answer.job) {
        const job_id = objectOf(answer.job).id;
        answer = await connection.call("get_job", { job_id, ...waiting }, CALL_TIMEOUT);
      }
      const [picture] = listOf(answer.images);
      if (!picture) throw new Error("No picture came");
      if (picture.save_error) throw new Error(textOf(picture.save_error));
      return textOf(picture.url) || textOf(picture.local_path) || textOf(picture.id);
    },
  };
}

/** A provider that this program does not know may charge. */
function charges(name: string): boolean {
  return PROVIDERS.find((each) => each.name === name)?.charges ?? true;
}
