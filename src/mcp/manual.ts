/** The manual as resources, so that an assistant can help its own user. */

import { ResourceNotFoundError } from "../dependencies/mcp_server.ts";
import { linksTo, nearestTopic, TOPIC_NAMES, topicNamed, topicText } from "../manual/topics.ts";
import { manualAddress, MARKDOWN } from "./declarations/resources.ts";

/** Answers `resources/read` of a topic. @throws {ResourceNotFoundError} that names the nearest one. */
export async function readManual(uri: string, name: string) {
  const topic = topicNamed(name);
  if (topic === undefined) {
    const guess = nearestTopic(name);
    const hint = guess
      ? `did you mean ${manualAddress(guess)}?`
      : `topics: ${TOPIC_NAMES.join(", ")}`;
    throw new ResourceNotFoundError(uri, `Resource not found: ${uri}; ${hint}`);
  }
  const text = await topicText(topic, LINKS);
  return { contents: [{ uri, mimeType: MARKDOWN, text }] };
}

const LINKS = linksTo(manualAddress);
