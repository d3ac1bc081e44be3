/** Keys of every vendor that wants one, so that all of them are on; none of them opens anything. */
export const PROVIDER_KEYS: Readonly<Record<string, string>> = {
  TENCENT_SECRET_ID: "id",
  TENCENT_SECRET_KEY: "key",
  OPENAI_API_KEY: "key",
  DOUBAO_API_KEY: "key",
  BFL_API_KEY: "key",
  STABILITY_API_KEY: "key",
  GEMINI_API_KEY: "key",
  DASHSCOPE_API_KEY: "key",
  FAL_KEY: "key",
  REPLICATE_API_TOKEN: "key",
};
