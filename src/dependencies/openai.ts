// Imported only dynamically, at the first use of the provider: it takes a while to load.
export { APIConnectionError, APIError, OpenAI } from "npm:openai@7.57.0";
export type { APIPromise } from "npm:openai@7.57.0/api-promise";
export type { Stream } from "npm:openai@7.57.0/streaming";
export type {
  ImageEditParamsNonStreaming,
  ImageEditStreamEvent,
  ImageGenerateParamsNonStreaming,
  ImageGenStreamEvent,
} from "npm:openai@7.57.0/resources/images";
