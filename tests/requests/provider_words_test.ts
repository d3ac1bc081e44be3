import assert from "node:assert/strict";
import { loadConfiguration } from "../../src/app/configuration.ts";
import { PROVIDERS } from "../../src/providers/registry.ts";
import { parseRequest } from "../../src/requests/parse.ts";
import { providerMeant } from "../../src/requests/provider_words.ts";
import { route } from "../../src/requests/route.ts";
import { surroundingsOf } from "../support/app.ts";
import { PROVIDER_KEYS } from "../support/provider_keys.ts";

const WORDS: Readonly<Record<string, readonly string[]>> = {
  hunyuan: ["Hunyuan", "tencent", "腾讯", "混元", "hunyuan-image-3"],
  openai: ["OpenAI", "dalle", "DALL·E", "dall-e-3", "GPT-Image", "gpt-image-2.5-flare", "ChatGPT"],
  doubao: ["seedream", "Seedream 4.5", "ark", "豆包", "即梦", "doubao-seedream-5-0-pro-260628"],
  flux: ["FLUX", "flux-2-pro", "bfl", "flux 2"],
  stability: ["Stability AI", "stable diffusion", "stable-diffusion-3", "sd3.5-large"],
  gemini: ["Google", "nano banana", "gemini-3-pro-image", "imagen-4"],
  qwen: ["qwen-image", "通义万相", "万相", "Alibaba", "wan2.6-t2i", "千问"],
  fal: ["fal", "fal.ai", "fal-ai/flux-2-pro", "bytedance/seedream/v5/edit"],
  replicate: ["Replicate", "replicate.com", "black-forest-labs/flux-2-pro", "acme/my-style"],
};

for (const [provider, words] of Object.entries(WORDS)) {
  Deno.test(`${provider} is understood as ${words.join(", ")}`, () => {
    for (const word of words) {
      const { attempts } = route(parseRequest({ prompt: "a cat", provider: word }), all);
      assert.equal(attempts[0].provider, provider, word);
    }
  });
}

Deno.test("an id of a model as the provider is the model as well, where none is named", () => {
  const modelOf = (args: { provider: string; model?: string }) =>
    route(parseRequest({ prompt: "a cat", ...args }), all).attempts[0].request.model;
  assert.equal(modelOf({ provider: "GPT-image-2.6-flare" }), "gpt-image-2.6-flare");
  assert.equal(modelOf({ provider: "seedream 5.0" }), "doubao-seedream-5-0-pro-260628");
  assert.equal(modelOf({ provider: "dalle" }), undefined);
  assert.equal(modelOf({ provider: "dall-e-3", model: "gpt-image-1" }), "gpt-image-1");
});

Deno.test("a model's id goes to the vendor whose ids look like that, though nobody lists it", () => {
  const { attempts } = route(parseRequest({ prompt: "a cat", model: "gpt-image-9" }), all);
  assert.deepEqual([attempts[0].provider, attempts[0].request.model], ["openai", "gpt-image-9"]);
});

Deno.test("a provider's name may stand before the model's id", () => {
  const meant = (model: string, provider?: string) => {
    const [{ provider: name, request }] =
      route(parseRequest({ prompt: "a cat", model, provider }), all).attempts;
    return [name, request.model];
  };
  assert.deepEqual(meant("replicate/acme/my-style"), ["replicate", "acme/my-style"]);
  assert.deepEqual(meant("replicate/acme/my-style", "replicate"), ["replicate", "acme/my-style"]);
  assert.deepEqual(meant("fal/fal-ai/flux/dev"), ["fal", "fal-ai/flux/dev"]);
  assert.deepEqual(meant("openai/gpt-image-9"), ["openai", "gpt-image-9"]);
  assert.deepEqual(meant("openai/gpt-image-9", "fal"), ["fal", "openai/gpt-image-9"]);
});

Deno.test("a file of weights in a folder is no model of a host", () => {
  for (const model of ["sdxl/base.safetensors", "models/sdxl/base.safetensors"]) {
    const { attempts } = route(parseRequest({ prompt: "x", model }), all);
    assert.ok(!["fal", "replicate"].includes(attempts[0].provider), model);
  }
});

Deno.test("one that is known and has no key is told apart from one that is not known", () => {
  const asked = (provider: string) => () => route(parseRequest({ prompt: "x", provider }), none);
  assert.throws(asked("seedream"), {
    code: "provider_unavailable",
    message:
      "Provider 'doubao', which 'seedream' means, is not configured. Set DOUBAO_API_KEY in " +
      "the server's .env file, then call reload_config. Available: 'placeholder'",
  });
  assert.throws(asked("midjourney"), {
    code: "provider_unavailable",
    message: "There is no provider 'midjourney'. Available: 'placeholder'",
  });
});

Deno.test("a prefix of a style or a resolution may be any of the words", () => {
  const args = { prompt: "x", style: "豆包:anime", resolution: "ark:2048x2048" };
  const { attempts } = route(parseRequest(args), all);
  assert.deepEqual([attempts[0].provider, attempts[0].request.style], ["doubao", "anime"]);
});

Deno.test("no word is meant for two providers, and every one is written as it is compared", () => {
  const aliases = PROVIDERS.flatMap(({ name, aliases = [] }) => [name, ...aliases]);
  assert.deepEqual(aliases.filter((word, index) => aliases.indexOf(word) !== index), []);
  for (const { name, aliases = [] } of PROVIDERS) {
    for (const word of aliases) assert.equal(providerMeant(word, all)?.provider, name, word);
  }
});

function providersWith(env: Record<string, string>) {
  const runtime = surroundingsOf(env, "/nowhere");
  const { providers } = loadConfiguration(runtime, new Map());
  return { ...providers, words: PROVIDERS };
}

const all = providersWith(PROVIDER_KEYS);
const none = providersWith({});
