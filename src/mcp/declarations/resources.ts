/** What clients can read, as they see it: lists under an address, and addresses with a gap in them. */

import { TOPICS } from "../../manual/topics.ts";
import { VIEW_TYPE } from "../identity.ts";

const JSON_TYPE = "application/json";
export const MARKDOWN = "text/markdown";

export const RESOURCES = {
  providers: {
    uri: "providers://list",
    title: "Available Providers",
    description: "Names of the providers that are on",
    mimeType: JSON_TYPE,
  },
  styles: {
    uri: "styles://list",
    title: "All Styles",
    description: "Style ids and what they mean, by provider",
    mimeType: JSON_TYPE,
  },
  resolutions: {
    uri: "resolutions://list",
    title: "All Resolutions",
    description: "Resolutions and what they mean, by provider",
    mimeType: JSON_TYPE,
  },
  jobs: {
    uri: "jobs://list",
    title: "Jobs",
    description: "The newest generations, running and ended",
    mimeType: JSON_TYPE,
  },
  recent_images: {
    uri: "images://recent",
    title: "Recent pictures",
    description: "The newest pictures, with what is noted of them",
    mimeType: JSON_TYPE,
  },
} as const;

export const RESOURCE_TEMPLATES = {
  provider_styles: {
    uriTemplate: "styles://provider/{provider_name}",
    title: "Styles of a provider",
    description: "Style ids of one provider and what they mean",
    mimeType: JSON_TYPE,
  },
  provider_resolutions: {
    uriTemplate: "resolutions://provider/{provider_name}",
    title: "Resolutions of a provider",
    description: "Resolutions of one provider and what they mean",
    mimeType: JSON_TYPE,
  },
  image: {
    uriTemplate: "image://{id}{?width,height,fit,format,quality}",
    title: "Picture",
    description: "A picture made before, in full, or resized and converted",
  },
  image_record: {
    uriTemplate: "image://{id}/record",
    title: "Record of a picture",
    description: "What it was made from and with, and what was made from it",
    mimeType: JSON_TYPE,
  },
  tagged_images: {
    uriTemplate: "images://tagged/{tag}",
    title: "Pictures of a tag",
    description: "The newest pictures that have the tag, with what is noted of them",
    mimeType: JSON_TYPE,
  },
  manual: {
    uriTemplate: "manual://{topic}",
    title: "Manual",
    description: "This server's own manual: how it is set up, used, run and mended",
    mimeType: MARKDOWN,
  },
} as const;

/** The view of pictures, which hosts show in the conversation; tools name it by this very address. */
export const VIEW = {
  uri: "ui://view",
  name: "pictures_view",
  title: "Pictures in the conversation",
  description: "Shows pictures, and lets people choose, change and vary them",
  mimeType: VIEW_TYPE,
} as const;

/** The topics of the manual, which its template has in its gap. */
export const MANUAL_RESOURCES = TOPICS.map(({ name, title, summary }) => ({
  uri: manualAddress(name),
  name: `manual_${name}`,
  title: `Manual: ${title}`,
  description: summary,
  mimeType: MARKDOWN,
}));

export function manualAddress(topic: string): string {
  return `manual://${topic}`;
}

export type ResourceName = keyof typeof RESOURCES;
export type ResourceTemplateName = keyof typeof RESOURCE_TEMPLATES;
