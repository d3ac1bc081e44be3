import assert from "node:assert/strict";
import { createMetrics } from "../src/metrics.ts";

function linesAbout(name: string, text: string): string[] {
  return text.split("\n").filter((line) => line.startsWith(`mcp_image_${name}`));
}

Deno.test("counters add up by their labels", async () => {
  const metrics = createMetrics();
  metrics.generations.add({ provider: "doubao", outcome: "ok" });
  metrics.generations.add({ provider: "doubao", outcome: "ok" });
  metrics.generations.add({ provider: "doubao", outcome: "timeout" });
  metrics.storedBytes.add({}, 1500);
  metrics.storedBytes.add({}, 500);
  assert.deepEqual(linesAbout("generations", await metrics.text()), [
    'mcp_image_generations_total{provider="doubao",outcome="ok"} 2',
    'mcp_image_generations_total{provider="doubao",outcome="timeout"} 1',
  ]);
  assert.deepEqual(linesAbout("stored", await metrics.text()), [
    "mcp_image_stored_bytes_total 2000",
  ]);
});

Deno.test("a histogram counts each value in every bound above it", async () => {
  const metrics = createMetrics();
  for (const seconds of [0.4, 8, 1000]) {
    metrics.generationSeconds.observe(seconds, { provider: "openai" });
  }
  const text = await metrics.text();
  const bucket = (bound: string) => {
    const line = `mcp_image_generation_duration_seconds_bucket{provider="openai",le="${bound}"} `;
    return Number(text.split(line)[1]?.split("\n")[0]);
  };
  assert.deepEqual(["0.5", "5", "10", "300", "+Inf"].map(bucket), [1, 1, 2, 2, 3]);
  const sums = linesAbout("generation_duration_seconds_sum", text);
  assert.deepEqual(sums, ['mcp_image_generation_duration_seconds_sum{provider="openai"} 1008.4']);
});

Deno.test("gauges are read when somebody asks", async () => {
  const metrics = createMetrics(() => 7_000);
  let sessions = 1;
  metrics.sessions.readFrom(() => sessions);
  assert.deepEqual(linesAbout("sessions", await metrics.text()), ["mcp_image_sessions 1"]);
  sessions = 5;
  assert.deepEqual(linesAbout("sessions", await metrics.text()), ["mcp_image_sessions 5"]);
  assert.deepEqual(linesAbout("start_time", await metrics.text()), [
    "mcp_image_start_time_seconds 7",
  ]);
});

Deno.test("odd letters in a label do not break the text", async () => {
  const metrics = createMetrics();
  metrics.generations.add({ provider: 'a"b\\c\nd', outcome: "ok" });
  const [line] = linesAbout("generations", await metrics.text());
  assert.equal(line, 'mcp_image_generations_total{provider="a\\"b\\\\c\\nd",outcome="ok"} 1');
});

Deno.test("every metric has its help and type, and the text ends with a new line", async () => {
  const text = await createMetrics().text();
  const names = [...text.matchAll(/^# TYPE (\S+) (counter|gauge|histogram)$/gm)].map(([, name]) =>
    name
  );
  assert.ok(names.length >= 9);
  for (const name of names) assert.match(text, new RegExp(`^# HELP ${name} \\S`, "m"));
  assert.ok(text.endsWith("\n"));
});
