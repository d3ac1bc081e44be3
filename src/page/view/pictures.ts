/** How the bytes of a picture come to the view: always through the host, and as little as is looked at. */

import { dataAddress, sourceIn, type ToolResult } from "./answer.ts";
import type { Host } from "./host.ts";

/** A small look; undefined where the host reads no resources. @throws {HostError} */
export async function readSmall(host: Host, id: string): Promise<string | undefined> {
  if (!host.can.readResources) return undefined;
  const query = `width=${SMALL}&height=${SMALL}&fit=inside&format=webp&quality=80`;
  return await readResource(host, `image://${id}?${query}`);
}

/**
 * As much of it as an answer holds, by the first way that leads to it: some hosts leave pictures out of
 * what tools answer. Undefined where none does. @throws {HostError}
 */
export async function readLarge(host: Host, id: string): Promise<string | undefined> {
  for (const way of WAYS) {
    const source = await way(host, id);
    if (source !== undefined) return source;
  }
}

const WAYS: readonly ((host: Host, id: string) => Promise<string | undefined>)[] = [
  async (host, id) => {
    const result = await getImageData(host, id, "preview");
    return result && sourceIn(result);
  },
  async (host, id) =>
    host.can.readResources ? await readResource(host, `image://${id}`) : undefined,
  async (host, id) => {
    const images = (await getImageData(host, id, "data"))?.structuredContent?.images;
    const [image] = Array.isArray(images) ? images : [];
    return dataAddress(image?.mime_type, image?.base64_data);
  },
];

async function getImageData(
  host: Host,
  id: string,
  format: "preview" | "data",
): Promise<ToolResult | undefined> {
  if (!host.can.callTools) return undefined;
  return await host.callTool("get_image_data", { image_id: id, format });
}

async function readResource(host: Host, uri: string): Promise<string | undefined> {
  const contents = await host.readResource(uri);
  return contents.map(({ mimeType, blob }) => dataAddress(mimeType, blob)).find(Boolean);
}

/** The longer side of a small look, in pixels. */
const SMALL = 384;
