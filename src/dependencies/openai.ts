// Imported only dynamically, at the first use of the provider: it takes a while to load.
export { APIConnectionError, APIError, OpenAI } from "npm:openai@7.57.0";
export type {
  ImageGenerateParamsNonStreaming,
  ImageGenStreamEvent,
} from "npm:openai@7.57.0/resources/images";
