/** The manual as resources, so that an assistant can help its own user. */

import {
  type McpServer,
  ResourceNotFoundError,
  ResourceTemplate,
} from "../dependencies/mcp_server.ts";
import {
  linksTo,
  nearestTopic,
  TOPIC_NAMES,
  topicNamed,
  TOPICS,
  topicText,
} from "../manual/topics.ts";

export function registerManual(server: McpServer): void {
  server.registerResource("manual", TEMPLATE, METADATA, (uri, { topic }) => read(uri, `${topic}`));
}

/** The same for every server, since it needs nothing of theirs. */
const TEMPLATE = new ResourceTemplate("manual://{topic}", {
  list: () => ({
    resources: TOPICS.map(({ name, title, summary }) => ({
      uri: addressOf(name),
      name: `manual_${name}`,
      title: `Manual: ${title}`,
      description: summary,
      mimeType: MARKDOWN,
    })),
  }),
  complete: {
    topic: (typed) => TOPIC_NAMES.filter((name) => name.startsWith(typed.toLowerCase())),
  },
});

const MARKDOWN = "text/markdown";

const METADATA = {
  title: "Manual",
  description: "This server's own manual: how it is set up, used, run and mended",
  mimeType: MARKDOWN,
};

async function read(uri: URL, name: string) {
  const topic = topicNamed(name);
  if (topic === undefined) {
    const guess = nearestTopic(name);
    const hint = guess ? `did you mean ${addressOf(guess)}?` : `topics: ${TOPIC_NAMES.join(", ")}`;
    throw new ResourceNotFoundError(uri.href, `Resource not found: ${uri.href}; ${hint}`);
  }
  const text = await topicText(topic, LINKS);
  return { contents: [{ uri: uri.href, mimeType: MARKDOWN, text }] };
}

function addressOf(name: string): string {
  return `manual://${name}`;
}

const LINKS = linksTo(addressOf);
