/** What the manual is about, topic by topic. Each text is loaded when somebody asks for it. */

import { nearest } from "../errors.ts";

export interface Topic {
  /** How people and addresses call it. */
  readonly name: string;
  readonly title: string;
  /** What it answers, in one sentence. */
  readonly summary: string;
  readonly load: () => Promise<{ readonly default: string }>;
}

/** Every topic, in the order in which a newcomer needs them. Links in the texts are `name.md`. */
export const TOPICS: readonly Topic[] = [
  {
    name: "clients",
    title: "Connecting a client",
    summary: "What init writes for each AI client, and what to write by hand",
    load: () => import("./clients.md", { with: { type: "text" } }),
  },
  {
    name: "shell",
    title: "The shell",
    summary: "Pictures from a command line, and a doctor that finds what is wrong",
    load: () => import("./shell.md", { with: { type: "text" } }),
  },
  {
    name: "providers",
    title: "Providers",
    summary: "Who draws, which key each needs, what each can do and how one is chosen",
    load: () => import("./providers.md", { with: { type: "text" } }),
  },
  {
    name: "tools",
    title: "Tools",
    summary: "What a client can call and read, and what it gets back",
    load: () => import("./tools.md", { with: { type: "text" } }),
  },
  {
    name: "app",
    title: "Pictures in the conversation",
    summary: "A view to look, choose, edit and vary in, for clients that show MCP Apps",
    load: () => import("./app.md", { with: { type: "text" } }),
  },
  {
    name: "editing",
    title: "Editing",
    summary: "Change pictures, draw by example, and where pictures may come from",
    load: () => import("./editing.md", { with: { type: "text" } }),
  },
  {
    name: "transforms",
    title: "Transforms and masks",
    summary: "Crop, resize and convert pictures here, draw an SVG, mask an edit",
    load: () => import("./transforms.md", { with: { type: "text" } }),
  },
  {
    name: "prompt-templates",
    title: "Prompt templates",
    summary: "Prompts with gaps, kept in files: those that come along, and your own",
    load: () => import("./prompt-templates.md", { with: { type: "text" } }),
  },
  {
    name: "batches",
    title: "Batches",
    summary: "Many pictures from one call or one file, gone on with after a crash",
    load: () => import("./batches.md", { with: { type: "text" } }),
  },
  {
    name: "library",
    title: "The library",
    summary: "Find pictures again, note things of them, and throw them away",
    load: () => import("./library.md", { with: { type: "text" } }),
  },
  {
    name: "provenance",
    title: "Where a picture came from",
    summary: "What is written into pictures, AI's mark among it, and how to read it",
    load: () => import("./provenance.md", { with: { type: "text" } }),
  },
  {
    name: "long-pictures",
    title: "Long pictures",
    summary: "Progress, jobs, and why no picture is paid for twice or lost",
    load: () => import("./long-pictures.md", { with: { type: "text" } }),
  },
  {
    name: "settings",
    title: "Settings",
    summary: "Every variable, its default, and where it may be set",
    load: () => import("./settings.md", { with: { type: "text" } }),
  },
  {
    name: "http",
    title: "Over HTTP",
    summary: "Addresses, tokens, several people, and clients in TypeScript and curl",
    load: () => import("./http.md", { with: { type: "text" } }),
  },
  {
    name: "sign-in",
    title: "Signing in",
    summary: "claude.ai, ChatGPT and others: an identity provider, or a password here",
    load: () => import("./sign-in.md", { with: { type: "text" } }),
  },
  {
    name: "production",
    title: "In production",
    summary: "systemd, nginx, Caddy, containers, Kubernetes, stopping and logs",
    load: () => import("./production.md", { with: { type: "text" } }),
  },
  {
    name: "replicas",
    title: "Replicas",
    summary: "Several servers with Compose or Kubernetes, and as many as the queue needs",
    load: () => import("./replicas.md", { with: { type: "text" } }),
  },
  {
    name: "permissions",
    title: "Permissions",
    summary: "The fewest permissions of Deno that each use needs",
    load: () => import("./permissions.md", { with: { type: "text" } }),
  },
  {
    name: "trust",
    title: "Trust",
    summary: "Where keys, prompts and pictures go, and what the server refuses to do",
    load: () => import("./trust.md", { with: { type: "text" } }),
  },
  {
    name: "troubleshooting",
    title: "Troubleshooting",
    summary: "What you see, and what to do about it",
    load: () => import("./troubleshooting.md", { with: { type: "text" } }),
  },
  {
    name: "coming-from-python",
    title: "Coming from the Python server",
    summary: "What stayed the same, and what differs because it did harm",
    load: () => import("./coming-from-python.md", { with: { type: "text" } }),
  },
  {
    name: "building",
    title: "Building",
    summary: "The bundle, the executable, and how a release is made and checked",
    load: () => import("./building.md", { with: { type: "text" } }),
  },
  {
    name: "developing",
    title: "Developing",
    summary: "The folders and their layers, the tests, and how to add a provider",
    load: () => import("./developing.md", { with: { type: "text" } }),
  },
];

export const TOPIC_NAMES: readonly string[] = TOPICS.map(({ name }) => name);

/** The topic of that name, however it is capitalised. */
export function topicNamed(name: string): Topic | undefined {
  return TOPICS.find((topic) => topic.name === name.toLowerCase());
}

/** The topic that a misspelt name most likely meant. Long words are not compared in full. */
export function nearestTopic(word: string): string | undefined {
  return nearest(word.slice(0, LONGEST_WORD), TOPIC_NAMES);
}

/** How a text refers to another topic; `anchor` is "" or begins with #. */
export type TopicLink = (words: string, name: string, anchor: string) => string;

/** Markdown's own links, to what `addressOf` calls a topic. */
export function linksTo(addressOf: (name: string) => string): TopicLink {
  return (words, name, anchor) => `[${words}](${addressOf(name)}${anchor})`;
}

/** The Markdown of a topic, with other topics referred to by `link`. */
export async function topicText(topic: Topic, link: TopicLink): Promise<string> {
  const { default: source } = await topic.load();
  const text = source.replaceAll("\r\n", "\n").replace(GENERATED_MARK, "");
  return text.replace(LINK, (_link, words, name, anchor = "") => link(words, name, anchor));
}

/** The table of contents as Markdown. */
export function contents(link: TopicLink): string {
  const lines = TOPICS.map(({ name, title, summary }) => `- ${link(title, name, "")}: ${summary}`);
  return ["# The manual of mcp-image-server", "", ...lines, ""].join("\n");
}

const LONGEST_WORD = 40;
/** Stands around what is generated, for those who edit the files. */
const GENERATED_MARK = /^<!-- \/?[a-z-]+ -->\n\n?/gm;
const LINK = /\[([^\]]+)\]\(([a-z-]+)\.md(#[^)\s]*)?\)/g;
