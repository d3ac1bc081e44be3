/** What the fuzz test begins with: a good request of every method, and requests that once did harm. */

import { jpegOfScans } from "../fakes/small_pictures.ts";
import { packedProfile, png, withChunks } from "../fakes/png.ts";

export type Message = Readonly<Record<string, unknown>>;

const tool = (name: string, args: Message = {}): Message => ({
  method: "tools/call",
  params: { name, arguments: args },
});

/** Stands for the folder that the servers may read and write. */
export const FOLDER = "FOLDER";

/** What the library's tools are asked, each with names that a picture, a tag or a file could have. */
const OF_THE_LIBRARY: readonly Message[] = [
  tool("search_images", { query: 'cat 图 " OR * NEAR(', tag: "a", limit: 5, after: "7d" }),
  tool("search_images", {
    model: "x",
    style: "vivid",
    favorite: false,
    trash: true,
    parent: "last",
  }),
  tool("image_history", { image_id: "last" }),
  tool("update_images", {
    image_ids: ["last", "img_none"],
    title: "../\u202egnp.tac\n",
    add_tags: ["a", "A", "%", "'; DROP TABLE images; --", "图"],
    remove_tags: ["b"],
    favorite: true,
  }),
  tool("delete_images", { image_ids: ["last"] }),
  tool("delete_images", { image_ids: ["last"], permanent: true }),
  tool("delete_images", { image_ids: ["last", "img_openai_1_0"], restore: true }),
  tool("export_images", { to: `${FOLDER}/out`, image_ids: ["last"] }),
  tool("export_images", { to: `${FOLDER}/../out.zip`, query: "a", tag: "a", favorite: true }),
  tool("import_images", { from: FOLDER, tags: ["a"] }),
  tool("import_images", { from: FOLDER, in_place: true }),
  { method: "resources/read", params: { uri: "images://recent" } },
  { method: "resources/read", params: { uri: "images://tagged/%27%25%2F" } },
  { method: "resources/read", params: { uri: "image://last/record" } },
  {
    method: "completion/complete",
    params: {
      ref: { type: "ref/resource", uri: "images://tagged/{tag}" },
      argument: { name: "tag", value: "a" },
    },
  },
];

/** Good requests, without their ids. */
export const GOOD: readonly Message[] = [
  ...OF_THE_LIBRARY,
  { method: "ping", params: {} },
  { method: "tools/list", params: {} },
  { method: "resources/list", params: {} },
  { method: "resources/templates/list", params: {} },
  { method: "prompts/list", params: {} },
  { method: "resources/read", params: { uri: "providers://list" } },
  { method: "resources/read", params: { uri: "image://img_openai_1_0" } },
  {
    method: "prompts/get",
    params: { name: "image_generation_prompt", arguments: { subject: "a cat" } },
  },
  {
    method: "completion/complete",
    params: {
      ref: { type: "ref/prompt", name: "image_generation_prompt" },
      argument: { name: "style", value: "w" },
    },
  },
  tool("generate_image", { prompt: "a cat", n: 1, resolution: "1024x1024", wait_seconds: 5 }),
  tool("generate_image", {
    prompt: "a dog",
    style: "vivid",
    provider: "openai",
    aspect_ratio: "16:9",
    negative_prompt: "rain",
    seed: 3,
    quality: "low",
    file_prefix: "pic",
    output_format: "png",
  }),
  tool("generate_image", {
    template: "{{animal}} on {{place}}",
    variables: { animal: "a cat", constructor: "x" },
    place: "a roof",
    size: "1080p",
    transparent: true,
    seed: "random",
    style: "水彩",
  }),
  tool("transform_image", { image: "the newest picture", size: "64x64", flip: "left", rotate: 90 }),
  tool("list_jobs", { status: "done", limit: 5 }),
  tool("get_job", { job_id: "job_1", wait_seconds: 1 }),
  tool("cancel_job", { job_id: "job_1" }),
  tool("list_jobs"),
  tool("get_image_data", { image_id: "img_openai_1_0" }),
  tool("list_providers"),
  tool("reload_config", { dotenv_override: true }),
  { method: "nothing/known", params: { a: 1 } },
  {
    method: "initialize",
    params: {
      protocolVersion: "2025-11-25",
      capabilities: {},
      clientInfo: { name: "fuzz", version: "1" },
    },
  },
];

/** Values that stand in for any other. */
export const ODD_VALUES: readonly unknown[] = [
  null,
  "",
  " ",
  "2",
  "2.5",
  "null",
  0,
  -1,
  1.5,
  2 ** 53,
  1e308,
  true,
  [],
  {},
  [[]],
  [null, {}],
  "\u0000\u001b[2J\u009b\u202e\u007f",
  "\ud800",
  "图".repeat(5_000),
  "x".repeat(40_000),
  "__proto__",
  "../../etc/passwd",
  "/dev/zero",
  "/proc/self/environ",
  `${FOLDER}/..`,
  `${FOLDER}/a\u0000.png`,
  `${FOLDER}/${"x".repeat(300)}.zip`,
  "images://tagged/%",
  "image://%00/record",
  "%2e%2e%2f",
  "${env:HOME}",
  "data:image/png;base64,AAAA",
  Array.from({ length: 500 }, (_, index) => index),
  Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`name${index}`, index])),
];

/** Names that members are given. */
export const ODD_NAMES: readonly string[] = [
  "__proto__",
  "constructor",
  "toString",
  "",
  "_meta",
  "id",
  "size",
  "promt",
  "x".repeat(2_000),
];

const nested = (levels: number) => `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;
const call = (args: string) =>
  `{"jsonrpc":"2.0","id":ID,"method":"tools/call","params":{"name":"generate_image","arguments":${args}}}`;

/** A picture of a few pixels and 65 KB whose colour profile unpacks to 64 MB. */
const PACKED = withChunks(png(8, 8, 2), [["iCCP", packedProfile(new Uint8Array(64 * 1024 ** 2))]]);
/** A picture of 32 x 24 pixels and 110 KB, each of whose scans is work for all of them. */
const SCANS = jpegOfScans(10_000);
const picturesOf = (name: string, picture: string) =>
  `{"jsonrpc":"2.0","id":ID,"method":"tools/call","params":{"name":"${name}","arguments":{` +
  `"prompt":"x","width":4,"image":"${picture}","images":["${picture}"]}}}`;

/** So many words of which no two are alike. */
const words = (count: number) =>
  Array.from({ length: count }, (_, index) => `w${index}q`).join(" ");
const callOf = (name: string, args: Message) =>
  JSON.stringify({ jsonrpc: "2.0", id: "ID", ...tool(name, args) }).replace('"ID"', "ID");

/** Requests as text that froze or killed a server once, or are much like those; ID stands for the id. */
export const HARMFUL: readonly string[] = [
  `{"jsonrpc":"2.0","id":ID,"method":"tools/list","params":{"_meta":{"x":${nested(3_000)}}}}`,
  "[".repeat(200_000),
  call(`{${Array.from({ length: 6_000 }, (_, index) => `"n${index}":1`).join()}}`),
  call(`{"prompt":"x","style":${JSON.stringify("s".repeat(900_000))}}`),
  call(`{"prompt":"x","provider":${JSON.stringify("p".repeat(900_000))}}`),
  call(`{"prompt":"x",${JSON.stringify("n".repeat(900_000))}:1}`),
  call(`{"prompt":"x","negative_prompt":${JSON.stringify("n".repeat(900_000))}}`),
  `{"jsonrpc":"2.0","id":ID,"method":"tools/call","params":{"name":${
    JSON.stringify("t".repeat(900_000))
  }}}`,
  `{"jsonrpc":"2.0","id":ID,"method":"resources/read","params":{"uri":"image://${
    "u".repeat(900_000)
  }"}}`,
  `{"jsonrpc":"2.0","id":ID,"method":${JSON.stringify("m".repeat(900_000))}}`,
  `{"jsonrpc":"2.0","id":ID,"method":"resources/read","params":{}}`,
  `{"jsonrpc":"2.0","id":ID,"method":"initialize","params":null}`,
  `{"jsonrpc":"2.0","id":ID,"method":"tools/call","params":{"name":{"toString":true}}}`,
  picturesOf("transform_image", `data:image/png;base64,${PACKED.toBase64()}`),
  picturesOf("edit_image", `data:image/png;base64,${PACKED.toBase64()}`),
  picturesOf("transform_image", `data:image/jpeg;base64,${SCANS.toBase64()}`),
  picturesOf("edit_image", `data:image/jpeg;base64,${SCANS.toBase64()}`),
  picturesOf("edit_image", `data:image\\/png;base64,${"\\u0041".repeat(70_000)}`),
  picturesOf("edit_image", `data:image/png;base64,${"A".repeat(400_000)}\\`),
  callOf("search_images", { query: words(500), after: "999999999999d" }),
  picturesOf("edit_image", "https://[2002:7f00:1::]/a.png"),
  picturesOf("transform_image", "http://169.254.169.254/latest/meta-data/"),
  "not json",
  "{",
  "[]",
  "null",
  "3",
];
