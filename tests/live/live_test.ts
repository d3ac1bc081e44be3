/**
 * One real picture from every vendor whose key is in the environment or the
 * .env file: `deno task test:live`. It costs money, so nothing else runs it.
 */

import assert from "node:assert/strict";
import { readEnvironment } from "../../src/config/environment.ts";
import { ImageError } from "../../src/errors.ts";
import { identifyImage } from "../../src/images/media_type.ts";
import type { OpenedProvider, ProviderDefinition } from "../../src/providers/provider.ts";
import { PROVIDERS } from "../../src/providers/registry.ts";
import type { Problem } from "../../src/config/variables.ts";

const PROMPT = "A red kite over a green hill, with a small white lighthouse far away";
const FOLDER = "generated_images";
const TIME_LIMIT = 300_000;

const isAskedFor = Deno.args.includes("--live");
const vendors = PROVIDERS.filter(({ variables }) =>
  Object.values(variables).some(({ secret }) => secret)
);

for (const definition of vendors) {
  const opened = isAskedFor ? open(definition) : undefined;
  if (opened?.on === false) {
    console.log(`${definition.name}: skipped, it needs ${opened.missing.join(", ")}`);
  }
  Deno.test({
    name: `${definition.name} really draws a picture`,
    ignore: !opened?.on,
    async fn() {
      assert.ok(opened?.on);
      console.log(`${definition.name}: ${await draw(opened)}`);
    },
  });
}

/** Draws one picture and saves it; the sentence names its file. */
async function draw({ provider }: OpenedProvider & { on: true }): Promise<string> {
  const caller = new AbortController();
  const timer = setTimeout(() => caller.abort(TOO_LATE), TIME_LIMIT);
  try {
    const { images, model, warnings } = await provider.generate(
      { operation: "generate", prompt: PROMPT, inputs: [], count: 1, options: {} },
      { signal: caller.signal, onProgress() {}, onAccepted() {} },
    );
    const bytes = images[0]!.bytes;
    const type = identifyImage(bytes);
    assert.ok(type, "the vendor's bytes are no picture");
    const path = `${FOLDER}/live_${provider.name}_${Date.now()}.${type.extension}`;
    await Deno.mkdir(FOLDER, { recursive: true });
    await Deno.writeFile(path, bytes);
    return [`${model} drew ${await Deno.realPath(path)}`, ...warnings].join("; ");
  } finally {
    clearTimeout(timer);
  }
}

function open(definition: ProviderDefinition): OpenedProvider {
  const problems: Problem[] = [];
  const { env } = readEnvironment(Object.keys(definition.variables), new Map(), {
    environment: (name) => Deno.env.get(name),
    names: () => [],
    workingDirectory: Deno.cwd(),
    os: Deno.build.os,
    readTextFile: Deno.readTextFileSync,
    isWritable: () => true,
  }, problems);
  const opened = definition.open(env, { fetch, now: Date.now }, problems);
  assert.deepEqual(problems, []);
  return opened;
}

const TOO_LATE = new ImageError("timeout", `No picture came in ${TIME_LIMIT / 1000} seconds`);
