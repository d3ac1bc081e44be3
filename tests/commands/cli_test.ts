import assert from "node:assert/strict";
import { parseCommandLine } from "../../src/commands/cli.ts";

Deno.test("no argument starts the server", async () => {
  assert.deepEqual(await parseCommandLine([]), command("serve"));
});

Deno.test("flags without a command are the server's", async () => {
  assert.deepEqual(
    await parseCommandLine(["--transport", "http", "--port=0"]),
    command("serve", [], { transport: "http", port: "0" }),
  );
});

Deno.test("generate takes its prompt anywhere among its flags", async () => {
  const flags = { provider: "openai", count: "2", json: "true" };
  assert.deepEqual(
    await parseCommandLine(["generate", "--provider", "openai", "a cat", "--count=2", "--json"]),
    command("generate", ["a cat"], flags),
  );
});

Deno.test("what follows -- is a word, whatever it looks like", async () => {
  assert.deepEqual(
    await parseCommandLine(["generate", "--", "--a-prompt"]),
    command("generate", ["--a-prompt"]),
  );
});

Deno.test("generate --resume needs no prompt", async () => {
  assert.deepEqual(
    await parseCommandLine(["generate", "--resume", "job_1"]),
    command("generate", [], { resume: "job_1" }),
  );
});

Deno.test("help and version win over everything else", async () => {
  assert.deepEqual(await parseCommandLine(["--help"]), { kind: "help", command: undefined });
  assert.deepEqual(await parseCommandLine(["-h"]), { kind: "help", command: undefined });
  assert.deepEqual(await parseCommandLine(["help"]), { kind: "help", command: undefined });
  assert.deepEqual(await parseCommandLine(["help", "generate"]), {
    kind: "help",
    command: "generate",
  });
  assert.deepEqual(await parseCommandLine(["generate", "-h"]), {
    kind: "help",
    command: "generate",
  });
  assert.deepEqual(await parseCommandLine(["--version"]), { kind: "version" });
  assert.deepEqual(await parseCommandLine(["generate", "a cat", "-V"]), { kind: "version" });
});

const MISTAKES: readonly (readonly [readonly string[], string])[] = [
  [["genrate", "cat"], "Unknown command 'genrate': did you mean 'generate'? (--help shows all)"],
  [
    ["xyzzy"],
    "Unknown command 'xyzzy': there are serve, studio, generate, batch, edit, transform, render, inspect, compare, train, search, history, update, delete, restore, export, import, templates, init, doctor, migrate, user (--help shows all)",
  ],
  [["help", "generate", "it"], "'help' takes [TOPIC], found 'it' too"],
  [["--prot", "3"], "Unknown flag '--prot': did you mean '--port'? (--help shows all)"],
  [
    ["generate", "cat", "--stlye", "x"],
    "Unknown flag '--stlye': did you mean '--style'? (--help shows all)",
  ],
  [
    ["generate", "cat", "--output-formt", "webp"],
    "Unknown flag '--output-formt': did you mean '--output-format'? (--help shows all)",
  ],
  [
    ["generate", "cat", "--back", "opaque"],
    "Unknown flag '--back': did you mean '--background'? (--help shows all)",
  ],
  [
    ["generate", "cat", "--modle", "x"],
    "Unknown flag '--modle': did you mean '--model'? (--help shows all)",
  ],
  [["--provider", "x"], "--provider is a flag of 'generate', not of 'serve' (--help shows all)"],
  [["--port"], "--port needs a value: PORT"],
  [["generate", "cat", "--out="], "--out needs a value: DIR"],
  [["generate", "--style", "--json", "cat"], "--style needs a value: STYLE"],
  [["serve", "--port="], "--port needs a value: PORT"],
  [
    ["generate", "cat", "--count", "11"],
    "--count must be a whole number from 1 to 10, current value is '11'",
  ],
  [
    ["generate", "cat", "--seed", "1e3"],
    "--seed must be a whole number from 0 to 4294967295, current value is '1e3'",
  ],
  [["generate", "a", "cat"], `'generate' takes "PROMPT", found 'cat' too (put it all in quotes)`],
  [["serve", "now"], "'serve' takes no words, found 'now' too"],
  [["generate"], 'generate needs a prompt: generate "a cute cat"'],
  [["generate", " "], 'generate needs a prompt: generate "a cute cat"'],
];

for (const [args, message] of MISTAKES) {
  Deno.test(`'${args.join(" ")}' is answered with one line`, async () => {
    assert.deepEqual(await parseCommandLine(args), { kind: "mistake", message });
  });
}

Deno.test("a mistake tells whether it was to be answered in JSON", async () => {
  const answer = async (...args: string[]) => {
    const invocation = await parseCommandLine(args);
    return invocation.kind === "mistake" ? invocation.jsonOf : "no mistake";
  };
  assert.equal(await answer("generate", "--json"), "generate");
  assert.equal(await answer("generate", "cat", "--json=yes"), "generate");
  assert.equal(await answer("doctor", "--json", "--url"), "doctor");
  assert.equal(await answer("generate", "--", "--json", "b"), undefined);
  assert.equal(await answer("--prot", "--json"), undefined);
});

Deno.test("help about another word is about a topic of the manual", async () => {
  assert.deepEqual(await parseCommandLine(["help", "settings"]), {
    kind: "topic",
    word: "settings",
  });
  assert.deepEqual(await parseCommandLine(["help", "genrate"]), { kind: "topic", word: "genrate" });
});

function command(name: string, words: string[] = [], flags: Record<string, string> = {}) {
  return { kind: "command", command: name, words, flags };
}

const UNDERSTOOD: readonly (readonly [args: readonly string[], flags: Record<string, string>])[] = [
  [["a cat", "-n", "2"], { count: "2" }],
  [["a cat", "-n2"], { count: "2" }],
  [["a cat", "--num-images=2"], { count: "2" }],
  [["a cat", "--batch_size", "2"], { count: "2" }],
  [["a cat", "-o", "pictures"], { out: "pictures" }],
  [["a cat", "--output-dir=pictures"], { out: "pictures" }],
  [["-p", "a cat"], {}],
  [["--prompt=a cat", "--json"], { json: "true" }],
  [["--size", "1024x768", "-p", "a cat"], { resolution: "1024x768" }],
  [["a cat", "--aspect_ratio", "16:9"], { "aspect-ratio": "16:9" }],
  [["a cat", "--negativePrompt", "rain"], { "negative-prompt": "rain" }],
];

for (const [args, flags] of UNDERSTOOD) {
  Deno.test(`generate ${args.join(" ")} is understood`, async () => {
    assert.deepEqual(
      await parseCommandLine(["generate", ...args]),
      command("generate", ["a cat"], flags),
    );
  });
}

const POINTED: readonly (readonly [args: readonly string[], message: string])[] = [
  [["a cat", "--steps", "30"], "--steps has no counterpart here"],
  [["a cat", "--width", "1024"], "--width is called --resolution here, such as 1024x768"],
  [
    ["a cat", "-o", "cat.png"],
    "-o names a folder here, as --out does: the file's name is chosen, and printed at the end",
  ],
  [["a cat", "-o"], "-o needs a value"],
  [["a cat", "-n", "two"], "--count must be a whole number from 1 to 10, current value is 'two'"],
  [
    ["a cat", "-p", "openai"],
    "'generate' takes \"PROMPT\", found 'openai' too (put it all in quotes)",
  ],
  [["a cat", "-x"], "Unknown flag '-x': there are --provider, --style, "],
];

for (const [args, message] of POINTED) {
  Deno.test(`generate ${args.join(" ")} is told as "${message}"`, async () => {
    const invocation = await parseCommandLine(["generate", ...args, "--json"]);
    assert.ok(invocation.kind === "mistake", JSON.stringify(invocation));
    assert.ok(invocation.message.startsWith(message), invocation.message);
    assert.equal(invocation.jsonOf, "generate");
  });
}

Deno.test("a prompt may begin as a flag does, behind -- or behind -p", async () => {
  const expected = command("generate", ["-n is a letter"]);
  assert.deepEqual(await parseCommandLine(["generate", "--", "-n is a letter"]), expected);
  assert.deepEqual(await parseCommandLine(["generate", "-p", "-n is a letter"]), expected);
});
