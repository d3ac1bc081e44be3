/** The manual as resources, so that an assistant can help its own user. */

import { ResourceNotFoundError } from "../dependencies/mcp_server.ts";
import { linksTo, nearestTopic, TOPIC_NAMES, topicNamed, topicText } from "../manual/topics.ts";
import { manualAddress, MARKDOWN } from "./declarations/resources.ts";

/** Answers `resources/read` of a topic in at most `limit` bytes, its beginning if need be. @throws {ResourceNotFoundError} that names the nearest one. */
export async function readManual(uri: string, name: string, limit = Infinity) {
  const topic = topicNamed(name);
  if (topic === undefined) {
    const guess = nearestTopic(name);
    const hint = guess
      ? `did you mean ${manualAddress(guess)}?`
      : `topics: ${TOPIC_NAMES.join(", ")}`;
    throw new ResourceNotFoundError(uri, `Resource not found: ${uri}; ${hint}`);
  }
  const text = within(await topicText(topic, LINKS), limit, name);
  return { contents: [{ uri, mimeType: MARKDOWN, text }] };
}

/** Whole paragraphs that fit, and where the others are. */
function within(text: string, limit: number, name: string): string {
  if (lengthAsJson(text) + ROOM_FOR_PROTOCOL <= limit) return text;
  const rest = `\n\n… The rest is longer than MCP_MAX_RESULT_BYTES (${limit}) allows: ` +
    `/manual/${name} over HTTP, or mcp-image-server help ${name}`;
  const paragraphs = text.split("\n\n");
  const room = limit - ROOM_FOR_PROTOCOL - lengthAsJson(rest);
  let length = 0;
  const count = paragraphs.findIndex((paragraph) => {
    length += lengthAsJson(`\n\n${paragraph}`);
    return length > room;
  });
  return paragraphs.slice(0, count).join("\n\n") + rest;
}

/** In bytes. */
function lengthAsJson(text: string): number {
  return new TextEncoder().encode(JSON.stringify(text)).length;
}

/** Bytes for what the protocol puts around the text. */
const ROOM_FOR_PROTOCOL = 1_000;

const LINKS = linksTo(manualAddress);
