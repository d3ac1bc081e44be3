/** Clients that want to hear of changes: those on a lasting connection, each by one server. */

import { ResourceNotFoundError, type Server } from "../dependencies/mcp_server.ts";
import { cut } from "./arguments/argument_words.ts";
import { ownerOf } from "./caller.ts";
import type { RequestContext } from "./context.ts";
import { required, text } from "./declarations/argument_kinds.ts";
import type { ServerDependencies } from "./dependencies.ts";
import { MOST_SUBSCRIPTIONS } from "./message_bounds.ts";
import { findPicture } from "./arguments/named.ts";
import { invalidParams, membersOf, type Params } from "./params.ts";

/** Methods of revisions with a handshake, which a server has only where it can tell of changes later. */
export const SUBSCRIPTION_METHODS = ["resources/subscribe", "resources/unsubscribe"] as const;

export type SubscriptionMethod = typeof SUBSCRIPTION_METHODS[number];

/** Where addresses are kept that a client has subscribed to. */
export interface SubscribedAddresses {
  readonly size: number;
  has(address: string): boolean;
  add(address: string): unknown;
  delete(address: string): unknown;
}

/** The addresses that the client of one server has subscribed to. */
export class Subscriptions {
  readonly #addresses: SubscribedAddresses;

  constructor(addresses: SubscribedAddresses = new Set<string>()) {
    this.#addresses = addresses;
  }

  has(address: string): boolean {
    return this.#addresses.has(address);
  }

  /**
   * Answers a request of `SUBSCRIPTION_METHODS`.
   * @throws {ProtocolError} for what tells of no changes, is unknown to this client, or is too much.
   */
  async answer(
    method: SubscriptionMethod,
    params: Params,
    context: RequestContext,
    dependencies: ServerDependencies,
  ): Promise<Readonly<Record<string, never>>> {
    const { uri } = membersOf(ADDRESSED, params, method);
    if (method === "resources/unsubscribe") await this.#addresses.delete(uri);
    else if (!this.has(uri)) await this.#add(uri, ownerOf(context), dependencies);
    return {};
  }

  async #add(uri: string, owner: string, dependencies: ServerDependencies): Promise<void> {
    const [, id] = PICTURE.exec(uri) ?? [];
    if (id === undefined && uri !== RECENT) {
      throw invalidParams(
        `Cannot subscribe to '${cut(uri)}': what tells of its changes is ${RECENT}, ` +
          "image://{id} and image://{id}/record",
        { uri: cut(uri) },
      );
    }
    if (id !== undefined && !await findPicture(id, owner, dependencies)) {
      throw new ResourceNotFoundError(uri);
    }
    if (this.#addresses.size >= MOST_SUBSCRIPTIONS) {
      throw invalidParams(
        `Cannot subscribe to '${cut(uri)}': a client has ${MOST_SUBSCRIPTIONS} subscriptions at ` +
          "most; end another with resources/unsubscribe",
      );
    }
    await this.#addresses.add(uri);
  }
}

/**
 * Tells the client of a server, whose pictures are `owner`'s, of every change from its handshake on
 * until it leaves. Without `subscriptions` the SDK keeps them, and lets through what is wanted.
 */
export function tellOfChanges(
  server: Server,
  owner: string,
  { changes, templates }: Pick<ServerDependencies, "changes" | "templates">,
  subscriptions?: Subscriptions,
): void {
  const onChange = (addresses: ReadonlySet<string>) => {
    const wanted = [...addresses].filter((each) => !subscriptions || subscriptions.has(each));
    const messages = [
      server.sendResourceListChanged(),
      ...wanted.map((uri) => server.sendResourceUpdated({ uri })),
    ];
    void Promise.allSettled(messages); // whoever is gone need not know
  };
  let leave = () => {};
  const begin = () => {
    leave();
    const stop = changes.listen(owner, onChange);
    const onPrompts = () => void server.sendPromptListChanged().catch(() => {});
    const prompts = templates().then((each) => each.onChange(onPrompts));
    leave = () => {
      stop();
      void prompts.then((each) => each[Symbol.dispose]());
    };
  };
  if (subscriptions) server.oninitialized = begin;
  else begin();
  server.onclose = () => leave();
}

const RECENT = "images://recent";
const PICTURE = /^image:\/\/([^/?#]+)(?:\/record)?$/;
const ADDRESSED = { uri: required(text("", { minLength: 1, maxLength: 2000 })) };
