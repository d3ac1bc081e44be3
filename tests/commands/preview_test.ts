// deno-lint-ignore-file no-control-regex
/** Pictures in terminals: what is asked, what is sent to each kind, and when nothing is. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { decode } from "sixel";
import { runGenerate } from "../../src/commands/generate.ts";
import { openPreview } from "../../src/commands/preview/preview.ts";
import type { Screen } from "../../src/commands/preview/screen.ts";
import { identifyImage } from "../../src/images/media_type.ts";
import { decodeImage } from "../../src/images/transform.ts";
import { png } from "../fakes/png.ts";
import { temporaryFolder } from "../support/folder.ts";
import { inheritedEnvironment, runToEnd, startProgram } from "../support/process.ts";
import { until } from "../support/wait.ts";
import { openTerminal } from "./terminal.ts";
import { shareImageWorkers } from "../support/image_workers.ts";

/** Red and below that clear on the left, blue on the right. */
const PICTURE = png(
  400,
  200,
  6,
  (x, y) => x < 200 ? [255, 0, 0, y < 100 ? 255 : 0] : [0, 0, 255, 255],
);
shareImageWorkers();

/** What a terminal answers to each question, in the order of the questions. */
const TERMINALS = {
  kitty: { graphics: "OK", cell: [18, 9], attributes: "62;" },
  iterm2: { capabilities: "T3CwLrMSc7UUw9Ts3BFSx", cell: [16, 8], attributes: "62;4" },
  sixel: { cell: [20, 10], attributes: "63;1;2;4;6;9;15;22" },
  plain: { attributes: "61;6;7;22" },
  cautious: { graphics: "EINVAL:no", capabilities: "T3CwLrMSc7Fx", attributes: "1;2" },
} satisfies Record<string, Answers>;

interface Answers {
  readonly graphics?: string;
  readonly capabilities?: string;
  /** Height and width. */
  readonly cell?: readonly number[];
  readonly attributes?: string;
}

Deno.test("kitty gets a PNG in pieces of 4096 letters, no larger than the picture", async () => {
  const written = await shownOn(TERMINALS.kitty, { bytes: noise(400, 200) });
  const pieces = [...written.matchAll(/\x1b_G([^;]*);([^\x1b]*)\x1b\\/g)];
  assert.equal(pieces.map(([whole]) => whole).join("") + "\n", written);
  assert.ok(pieces.length > 2, `${pieces.length} pieces`);
  assert.equal(pieces[0]![1], "a=T,f=100,q=2,m=1");
  assert.ok(pieces.slice(1, -1).every(([, about]) => about === "m=1"));
  assert.equal(pieces.at(-1)![1], "m=0");
  assert.ok(pieces.slice(0, -1).every(([, , data]) => data!.length === 4096));
  const { mediaType, width, height } = identifyImage(
    Uint8Array.fromBase64(pieces.map(([, , data]) => data).join("")),
  )!;
  assert.deepEqual([mediaType, width, height], ["image/png", 400, 200]);
});

Deno.test("a picture that is larger than the terminal is made to fit its cells", async () => {
  const written = await shownOn(TERMINALS.iterm2, { columns: 21, rows: 50 });
  const [, size, width, height, base64] =
    /^\x1b\]1337;File=inline=1;size=(\d+);width=(\d+)px;height=(\d+)px:([^\x07]*)\x07\n$/
      .exec(written)!;
  const bytes = Uint8Array.fromBase64(base64!);
  assert.equal(bytes.length, Number(size));
  assert.deepEqual([width, height], ["160", "80"]);
  const kind = identifyImage(bytes)!;
  assert.deepEqual([kind.width, kind.height], [160, 80]);
});

Deno.test("sixels have the picture's colours, and nothing where it is clear", async () => {
  const written = await shownOn(TERMINALS.sixel);
  const { width, height, data32 } = decode(written.replace(/^\x1bP0;1;0q|\x1b\\\n$/g, ""), {
    fillColor: 0,
  });
  assert.deepEqual([width, height], [400, 200]);
  const pixels = new Uint8Array(data32.buffer, data32.byteOffset, data32.byteLength);
  const at = (x: number, y: number) => [...pixels.subarray((y * width + x) * 4).subarray(0, 4)];
  assert.deepEqual(at(10, 10), [255, 0, 0, 255]);
  assert.deepEqual(at(390, 199), [0, 0, 255, 255]);
  assert.equal(at(10, 150)[3], 0);
});

Deno.test("sixels of a photograph are near it everywhere", async () => {
  const photo = png(120, 61, 2, (x, y) => [x * 2, y * 4, (x + y) % 256]);
  const written = await shownOn(TERMINALS.sixel, { bytes: photo });
  const { width, data32 } = decode(written.replace(/^\x1bP0;1;0q|\x1b\\\n$/g, ""));
  const shown = new Uint8Array(data32.buffer, data32.byteOffset, data32.byteLength);
  const { pixels } = await decodeImage(photo);
  const average = (
    all: Uint8Array | Uint8ClampedArray,
    left: number,
    top: number,
    part: number,
  ) => {
    let sum = 0;
    for (let y = top; y < top + 10; y++) {
      for (let x = left; x < left + 10; x++) sum += all[(y * width + x) * 4 + part]!;
    }
    return sum / 100;
  };
  for (const [left, top] of [[0, 0], [60, 30], [110, 51]] as const) {
    for (const part of [0, 1, 2]) {
      const difference = average(shown, left, top, part) - average(pixels, left, top, part);
      assert.ok(Math.abs(difference) < 12, `${difference} at ${left}, ${top}`);
    }
  }
});

Deno.test("a terminal that says no, or nothing, gets no picture", async () => {
  for (const answers of [TERMINALS.plain, TERMINALS.cautious, {}]) {
    const { screen } = terminalWith(answers);
    const write = () => assert.fail("written");
    assert.equal(await openPreview({ screen: () => Promise.resolve(screen), write }), undefined);
  }
});

Deno.test("what is no picture is left out", async () => {
  assert.equal(await shownOn(TERMINALS.kitty, { bytes: new Uint8Array(100) }), "");
});

Deno.test("programs, files and whoever says --no-preview see no picture, and no terminal is asked", async () => {
  await using terminal = await openTerminal();
  for (const flag of ["json", "no-preview"]) {
    const context = terminal.context(["a cat"], { [flag]: "true", resolution: "256x256" });
    const screen = () => assert.fail("asked");
    assert.equal(await runGenerate({ ...context, isTerminal: true, screen }), 0);
  }
  const { screen } = terminalWith(TERMINALS.kitty);
  const written: string[] = [];
  const context = terminal.context(["a cat"], { resolution: "256x256" });
  const there = { isTerminal: true, screen: () => Promise.resolve(screen) };
  const write = (text: string) => void written.push(text);
  assert.equal(await runGenerate({ ...context, ...there, write }), 0);
  assert.match(written.join(""), /\x1b_Ga=T,f=100/);
});

const hasScript = Deno.build.os === "linux" &&
  await Deno.stat("/usr/bin/script").then(() => true, () => false);

const MAIN = new URL("../../main.ts", import.meta.url).pathname;
const GENERATE =
  `'${Deno.execPath()}' run -A --quiet '${MAIN}' generate 'a cat' --resolution 256x256`;

/** A shell's line in a terminal of the system's. */
function inTerminal(folder: string, line: string) {
  return startProgram({
    folder,
    program: { command: "/usr/bin/script", args: ["-qfec", line, "/dev/null"] },
    env: { ...inheritedEnvironment(), HOME: folder },
  });
}

Deno.test({
  name: "in a real terminal the questions are asked, and the answers are not seen",
  ignore: !hasScript,
  async fn() {
    await using folder = await temporaryFolder();
    await using program = inTerminal(folder.path, GENERATE);
    await until("the questions", () => program.stdout.includes("\x1b[c"), { seconds: 60 });
    await program.write("\x1b_Gi=31;OK\x1b\\\x1b[6;20;10t\x1b[?62;c");
    await program.status;
    assert.match(program.stdout, /generated_images\/\S+\.png[^]*\x1b_Ga=T,f=100/);
    assert.ok(!program.stdout.includes("62;c"), "an answer was echoed");
  },
});

Deno.test({
  name: "what runs beside the shell asks nothing, and is not stopped for it",
  ignore: !hasScript,
  async fn() {
    await using folder = await temporaryFolder();
    await using program = inTerminal(folder.path, `bash -c "set -m; ${GENERATE} & wait"`);
    await program.status;
    assert.match(program.stdout, /generated_images\/\S+\.png/);
    assert.ok(!program.stdout.includes("\x1b[c"));
  },
});

Deno.test({
  name: "--open asks the system's program, and says so where that may not be",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using folder = await temporaryFolder();
    const opener = join(folder.path, "xdg-open");
    await Deno.writeTextFile(opener, `#!/bin/sh\necho "$1" > "${folder.path}/opened"\n`, {
      mode: 0o755,
    });
    const env = { PATH: `${folder.path}:${Deno.env.get("PATH")}` };
    const args = ["generate", "a cat", "--resolution", "256x256", "--open"];
    const [allowed, denied] = await Promise.all([
      runToEnd({ folder: folder.path, env, args }),
      runToEnd({ folder: folder.path, env, args, runtimeFlags: ["--deny-run"] }),
    ]);
    assert.equal(await Deno.readTextFile(`${folder.path}/opened`), allowed.stdout);
    assert.ok(!allowed.stderr.includes("Nothing opened"), allowed.stderr);
    assert.equal(denied.code, 0);
    assert.match(denied.stderr, /Nothing opened .*\.png: this program may run no others/);
  },
});

/** A terminal of 80 cells by 24 that knows the questions of `answers`, and refuses all others. */
function terminalWith(
  { graphics, capabilities, cell, attributes }: Answers,
  { columns = 80, rows = 24 } = {},
): { readonly screen: Screen } {
  const known: readonly (readonly [RegExp, string])[] = [
    [/^\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\/, graphics ? `\x1b_Gi=31;${graphics}\x1b\\` : ""],
    [
      /^\x1b\]1337;Capabilities(\x1b\\|\x07)/,
      capabilities ? `\x1b]1337;Capabilities=${capabilities}\x1b\\` : "",
    ],
    [/^\x1b\[16t/, cell ? `\x1b[6;${cell.join(";")}t` : ""],
    [/^\x1b\[0?c/, attributes ? `\x1b[?${attributes}c` : ""],
    [/^\r\x1b\[K/, ""],
  ];
  return {
    screen: {
      columns,
      rows,
      ask(question, isAnswered, milliseconds) {
        assert.ok(milliseconds <= 1000);
        let answer = "";
        for (let rest = question; rest !== "";) {
          const [pattern, said] = known.find(([each]) => each.test(rest)) ??
            assert.fail(`Unknown: ${JSON.stringify(rest)}`);
          assert.ok(!isAnswered(answer) || said === "", "asked after the last answer");
          answer += said;
          rest = rest.replace(pattern, "");
        }
        assert.equal(isAnswered(answer), attributes !== undefined);
        return Promise.resolve(answer);
      },
    },
  };
}

async function shownOn(
  answers: Answers,
  { bytes = PICTURE, ...size }: { bytes?: Uint8Array; columns?: number; rows?: number } = {},
): Promise<string> {
  const { screen } = terminalWith(answers, size);
  let written = "";
  const write = (text: string) => void (written += text);
  const show = await openPreview({ screen: () => Promise.resolve(screen), write });
  await show!(bytes);
  return written;
}

/** A picture that no compression makes small. */
function noise(width: number, height: number) {
  let state = 1;
  const next = () => (state = Math.imul(state, 48_271) >>> 0) >>> 24;
  return png(width, height, 2, () => [next(), next(), next()]);
}
