/** The manual holds together: every link, anchor, command and name in it and in the README is real. */

import assert from "node:assert/strict";
import config from "../../deno.json" with { type: "json" };
import { parseCommandLine } from "../../src/commands/cli.ts";
import { COMMANDS } from "../../src/commands/command_table.ts";
import { CLIENTS } from "../../src/commands/init/clients.ts";
import { settingsFileOf } from "../../src/config/settings_file.ts";
import { anchors } from "../../src/manual/html.ts";
import {
  contents,
  linksTo,
  TOPIC_NAMES,
  topicNamed,
  TOPICS,
  topicText,
} from "../../src/manual/topics.ts";
import { surroundingsOf } from "../support/app.ts";
import { MANUAL, README } from "../tools/docs.ts";

const files = await readFiles();

Deno.test("every topic is a file, and every file a topic with the same title", async () => {
  const names = (await Array.fromAsync(Deno.readDir(MANUAL)))
    .flatMap(({ name }) => name.endsWith(".md") ? [name.slice(0, -".md".length)] : []);
  assert.deepEqual(names.sort(), [...TOPIC_NAMES].sort());
  for (const { name, title } of TOPICS) assert.equal(headingsOf(name)[0], title);
});

Deno.test("every link in the README and the manual leads somewhere", async () => {
  const broken: string[] = [];
  for (const [name, text] of files) {
    for (const [, target = ""] of withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (!await leadsSomewhere(name, target)) broken.push(`${name}: ${target}`);
    }
  }
  assert.deepEqual(broken, []);
});

Deno.test("a topic links to nothing that does not travel with it", () => {
  const strays = TOPIC_NAMES.flatMap((name) =>
    [...withoutCode(files.get(name)!).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target)
      .filter((target) => !/^(https?:|#|[a-z-]+\.md(#|$))/.test(target))
      .map((target) => `${name}: ${target}`)
  );
  assert.deepEqual(strays, []);
});

Deno.test("every topic that is named as a resource or a command exists", () => {
  const unknown = [...files].flatMap(([name, text]) =>
    [...text.matchAll(/manual:\/\/([a-z-]+)|(?:mcp-image-server|main\.ts) help ([a-z-]+)/g)]
      .map(([, resource, command]) => resource ?? command!)
      .filter((word) => !topicNamed(word) && !Object.hasOwn(COMMANDS, word))
      .map((word) => `${name}: ${word}`)
  );
  assert.deepEqual(unknown, []);
});

Deno.test("every command that is shown is understood", async () => {
  const lines = [...files].flatMap(([name, text]) => shellLines(text).map((line) => [name, line]));
  assert.ok(lines.length > 30, `${lines.length} commands`);
  const wrong: string[] = [];
  for (const [name, line] of lines) {
    const problem = await problemWith(line!);
    if (problem !== undefined) wrong.push(`${name}: ${line}: ${problem}`);
  }
  assert.deepEqual(wrong, []);
});

Deno.test("the README is a front door of fewer than 250 lines", async () => {
  const lines = (await Deno.readTextFile(README)).split("\n");
  assert.ok(lines.length < 250, `${lines.length} lines`);
});

Deno.test("the README draws by no task, which would first fetch every package of the tests", () => {
  const drawing = shellLines(files.get("README")!).filter((line) => /\bgenerate\b/.test(line));
  assert.ok(drawing.length > 3);
  assert.deepEqual(drawing.filter((line) => /\btask\b/.test(line)), []);
});

Deno.test("the README and the settings name the file for keys that the server names", () => {
  const runtime = { ...surroundingsOf({ HOME: "~" }, "/nowhere"), os: "linux" } as const;
  const [, file] = /'(.*)'/.exec(settingsFileOf({}, runtime))!;
  for (const name of ["README", "settings"]) {
    assert.ok(files.get(name)!.includes(`on Linux \`${file}\``), `${name}: ${file}`);
  }
});

Deno.test("the README names every client that init knows", () => {
  const missing = Object.keys(CLIENTS).filter((name) =>
    !files.get("README")!.includes(`\`${name}\``)
  );
  assert.deepEqual(missing, []);
});

Deno.test("a text is handed out without marks and with the links that its reader can follow", async () => {
  for (const topic of TOPICS) {
    const text = await topicText(topic, linksTo((name) => `manual://${name}`));
    assert.doesNotMatch(text, /<!--|\]\([a-z-]+\.md/);
    const links = [...text.matchAll(/\]\(manual:\/\/([^)#]+)/g)].map(([, name]) => name!);
    for (const name of links) assert.ok(TOPIC_NAMES.includes(name), name);
  }
  const index = contents((words, name, anchor) => `${words}=${name}${anchor}`);
  for (const { name, title } of TOPICS) assert.ok(index.includes(`${title}=${name}:`), name);
});

async function readFiles(): Promise<ReadonlyMap<string, string>> {
  const topics = TOPIC_NAMES.map(async (name) =>
    [name, await Deno.readTextFile(new URL(`${name}.md`, MANUAL))] as const
  );
  return new Map([["README", await Deno.readTextFile(README)], ...await Promise.all(topics)]);
}

async function leadsSomewhere(from: string, target: string): Promise<boolean> {
  if (/^https?:/.test(target)) return URL.canParse(target);
  const [path = "", anchor] = target.split("#");
  const [, topic] = /(?:^|src\/manual\/)([a-z-]+)\.md$/.exec(path) ?? [];
  const name = path === "" ? from : topic ?? "";
  if (path !== "") {
    const base = from === "README" ? README : MANUAL;
    if (!await Deno.stat(new URL(path, base)).then(() => true, () => false)) return false;
  }
  return anchor === undefined || (files.has(name) && anchorsOf(name).has(anchor));
}

function headingsOf(name: string): readonly string[] {
  return [...withoutCode(files.get(name)!).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading!);
}

function anchorsOf(name: string): ReadonlySet<string> {
  return new Set(headingsOf(name).map(anchors()));
}

function withoutCode(text: string): string {
  return text.replace(/^```[^]*?^```/gm, "");
}

/** What a person would type of the blocks marked `sh`, one command a line. */
function shellLines(text: string): readonly string[] {
  return [...text.matchAll(/^```sh\n([^]*?)^```/gm)].flatMap(([, block = ""]) =>
    block.replaceAll("\\\n", " ").split("\n")
      .map((line) => line.replace(/\s+#.*$/, "").trim())
      .filter((line) => /^(npx -y deno@\S+|deno|mcp-image-server)(\s|$)/.test(line))
  );
}

/** Why a line is no command of this project, if it is none. */
async function problemWith(line: string): Promise<string | undefined> {
  const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!);
  const start = words.findIndex((word) =>
    /^(task|main\.ts|mcp-image-server(\.js)?)$|\/main\.ts$/.test(word)
  );
  const rest = words.slice(start + 1);
  if (start < 0) return "it starts nothing of this project";
  if (words[start] !== "task") return await mistakeIn(rest);
  const [task = "", ...args] = rest;
  if (!Object.hasOwn(config.tasks, task)) return `no task '${task}'`;
  return task === "generate" ? await mistakeIn(["generate", ...args]) : undefined;
}

async function mistakeIn(args: readonly string[]): Promise<string | undefined> {
  const invocation = await parseCommandLine(args);
  return invocation.kind === "mistake" ? invocation.message : undefined;
}
