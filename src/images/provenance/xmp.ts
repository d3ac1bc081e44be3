/** XMP packets: the kind of media as IPTC names it, and how a picture was made, as JSON. */

import { isRecord, parsedJson } from "../../json.ts";
import type { Making, Provenance } from "./provenance.ts";

/** A packet that tells it. */
export function xmpPacket(provenance: Provenance): string {
  return [
    `<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>`,
    `<x:xmpmeta xmlns:x="adobe:ns:meta/">`,
    `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">`,
    description(provenance),
    `</rdf:RDF>`,
    `</x:xmpmeta>`,
    `<?xpacket end="w"?>`,
  ].join("\n");
}

/**
 * Somebody else's packet that tells it, too: all that stands in it stays, a source type that it has
 * counts. Undefined where it is not written as packets usually are.
 */
export function xmpPacketWith(packet: string, provenance: Provenance): string | undefined {
  const end = packet.lastIndexOf(RDF_END);
  if (end < 0) return undefined;
  const { sourceType: _own, ...others } = provenance;
  const more = description(readXmp(packet).sourceType === undefined ? provenance : others);
  return `${packet.slice(0, end)}${more}\n${packet.slice(end)}`;
}

const RDF_END = "</rdf:RDF>";

function description({ software, sourceType, making }: Provenance): string {
  const elements = [
    ["xmp:CreatorTool", software],
    ["Iptc4xmpExt:DigitalSourceType", sourceType && `${SOURCE_TYPES}${sourceType}`],
    [MAKING, making && JSON.stringify(making)],
  ].flatMap(([name, text]) => text === undefined ? [] : [`<${name}>${escaped(text)}</${name}>`]);
  return [`<rdf:Description rdf:about="" ${NAMESPACES}>`, ...elements, "</rdf:Description>"]
    .join("\n");
}

/** Where the IPTC's codes live; the part of the vocabulary's own address that is http for good. */
const SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/";
const MAKING = "mcpimage:Making";
const NAMESPACES = [
  `xmlns:xmp="http://ns.adobe.com/xap/1.0/"`,
  `xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"`,
  `xmlns:mcpimage="urn:mcp-image-server:1.0:"`,
].join(" ");

export interface ReadXmp {
  /** The last part of the IPTC's address, such as "trainedAlgorithmicMedia". */
  readonly sourceType?: string;
  readonly software?: string;
  /** Not looked at any further. */
  readonly making?: unknown;
  /** Whether a signed manifest of the picture lies elsewhere. */
  readonly isSignedElsewhere: boolean;
}

/** What a packet tells of this, whichever way it is written; never throws. */
export function readXmp(packet: string): ReadXmp {
  const sourceType = valueOf(packet, "DigitalSourceType");
  const making = valueOf(packet, "Making");
  return {
    sourceType: sourceType && /([A-Za-z]{1,60})\/?$/.exec(sourceType.trim())?.[1],
    software: valueOf(packet, "CreatorTool"),
    making: making === undefined ? undefined : parsedJson(making),
    isSignedElsewhere: /\bdcterms:provenance\b/.test(packet),
  };
}

/** As an attribute, as an element, or as the rdf:resource of one. */
function valueOf(packet: string, name: string): string | undefined {
  const at = packet.indexOf(`:${name}`);
  if (at < 0) return undefined;
  const rest = packet.slice(at);
  const found = /^:\w+\s*=\s*"([^"<]*)"/.exec(rest) ?? /^:\w+\s*=\s*'([^'<]*)'/.exec(rest) ??
    /^:\w+\s[^<>]*?resource\s*=\s*["']([^"'<]*)["']/.exec(rest) ??
    /^[^<>]*>([^<]*)</.exec(rest);
  return found?.[1] === undefined ? undefined : unescaped(found[1]);
}

/** XML has no sign for two letters that JSON may hold. */
function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    .replaceAll(/[\ufffe\uffff]/g, (letter) => letter === "\ufffe" ? "\\ufffe" : "\\uffff");
}

function unescaped(text: string): string {
  return text.replaceAll(
    /&(?:#x([\da-f]{1,6})|#(\d{1,7})|(lt|gt|quot|apos|amp));/gi,
    (whole, hex, decimal, name) => {
      if (name) return ENTITIES[name.toLowerCase()]!;
      const code = hex ? parseInt(hex, 16) : Number(decimal);
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    },
  );
}

const ENTITIES: Readonly<Record<string, string>> = {
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  amp: "&",
};

/** A making as somebody's file has it, as far as it is of the right kinds; undefined where it is none. */
export function asMaking(value: unknown): Making | undefined {
  if (!isRecord(value)) return undefined;
  const { operation, provider, model, prompt, revisedPrompt, seed, parameters } = value;
  const texts = [operation, provider, model, prompt];
  if (!texts.every((text) => typeof text === "string")) return undefined;
  return {
    operation: String(operation),
    provider: String(provider),
    model: String(model),
    prompt: String(prompt),
    ...typeof revisedPrompt === "string" && { revisedPrompt },
    ...typeof seed === "number" && { seed },
    parameters: isRecord(parameters) ? parameters as Making["parameters"] : {},
  };
}
