/** What the server counts about itself, in the text format Prometheus reads. */

export type Labels = Readonly<Record<string, string>>;

/** A number that only grows. */
export interface Counter {
  add(labels?: Labels, by?: number): void;
}

/** How often values fell below each of a row of bounds. */
export interface Histogram {
  observe(value: number, labels?: Labels): void;
}

/** A number read at the moment somebody asks. */
export interface Gauge {
  readFrom(read: () => number | Promise<number>): void;
}

export interface Metrics {
  /** Labels: `route`, `method`, `status`. */
  readonly httpRequests: Counter;
  /** In seconds, until the last byte of the answer; labels: `route`. */
  readonly httpSeconds: Histogram;
  readonly sessions: Gauge;
  readonly runningCalls: Gauge;
  /** Both of all servers that share a database. */
  readonly queueDepth: Gauge;
  readonly runningGenerations: Gauge;
  /** Labels: `provider`, and `outcome`, which is "ok" or an error code. */
  readonly generations: Counter;
  /** In seconds; labels: `provider`. */
  readonly generationSeconds: Histogram;
  readonly storedBytes: Counter;
  /** Everything counted so far, as `text/plain; version=0.0.4`. */
  text(): Promise<string>;
}

/** An empty set of metrics; one per process. */
export function createMetrics(now: () => number = Date.now): Metrics {
  const startedAt = now() / 1000;
  const metrics = {
    httpRequests: counter("http_requests_total", "HTTP requests answered"),
    httpSeconds: histogram(
      "http_request_duration_seconds",
      "Seconds until the last byte of an answer",
      HTTP_BOUNDS,
    ),
    sessions: gauge("sessions", "Sessions of clients of 2025-11-25 and older"),
    runningCalls: gauge("running_calls", "MCP requests that are being worked on"),
    queueDepth: gauge(
      "queue_depth",
      "Generations that wait for their turn, at all servers that share a database",
    ),
    runningGenerations: gauge(
      "running_generations",
      "Generations that vendors are asked for, at all servers that share a database",
    ),
    generations: counter("generations_total", "Generations by provider and outcome"),
    generationSeconds: histogram(
      "generation_duration_seconds",
      "Seconds a generation took",
      GENERATION_BOUNDS,
    ),
    storedBytes: counter("stored_bytes_total", "Bytes of pictures written to disk"),
  };
  const process = [
    gauge("start_time_seconds", "When the server started, in seconds since 1970"),
    gauge("resident_memory_bytes", "Memory the process holds"),
  ] as const;
  process[0].readFrom(() => startedAt);
  process[1].readFrom(() => Deno.memoryUsage().rss);
  const all = [...Object.values(metrics), ...process];
  return {
    ...metrics,
    async text() {
      const lines = await Promise.all(all.map((metric) => metric.lines()));
      return lines.flat().join("\n") + "\n";
    },
  };
}

interface Printable {
  lines(): readonly string[] | Promise<readonly string[]>;
}

function counter(name: string, help: string): Counter & Printable {
  const values = createSeries(() => ({ sum: 0 }));
  return {
    add(labels = {}, by = 1) {
      values.of(labels).sum += by;
    },
    lines: () => [
      ...heading(name, help, "counter"),
      ...values.all().map(({ labels, value }) =>
        `${PREFIX}${name}${labelText(labels)} ${value.sum}`
      ),
    ],
  };
}

function gauge(name: string, help: string): Gauge & Printable {
  let read: () => number | Promise<number> = () => 0;
  return {
    readFrom(source) {
      read = source;
    },
    lines: async () => [...heading(name, help, "gauge"), `${PREFIX}${name} ${await read()}`],
  };
}

function histogram(
  name: string,
  help: string,
  bounds: readonly number[],
): Histogram & Printable {
  const series = createSeries(() => ({ counts: bounds.map(() => 0), sum: 0, count: 0 }));
  return {
    observe(value, labels = {}) {
      const found = series.of(labels);
      bounds.forEach((bound, index) => value <= bound && found.counts[index]!++);
      found.sum += value;
      found.count++;
    },
    lines: () => [
      ...heading(name, help, "histogram"),
      ...series.all().flatMap(({ labels, value: { counts, sum, count } }) => [
        ...bounds.map((bound, index) =>
          `${PREFIX}${name}_bucket${labelText({ ...labels, le: String(bound) })} ${counts[index]}`
        ),
        `${PREFIX}${name}_bucket${labelText({ ...labels, le: "+Inf" })} ${count}`,
        `${PREFIX}${name}_sum${labelText(labels)} ${sum}`,
        `${PREFIX}${name}_count${labelText(labels)} ${count}`,
      ]),
    ],
  };
}

function heading(name: string, help: string, type: string): readonly string[] {
  return [`# HELP ${PREFIX}${name} ${help}`, `# TYPE ${PREFIX}${name} ${type}`];
}

interface Series<Value> {
  /** The value of these labels, which callers give in the same order every time. */
  of(labels: Labels): Value;
  all(): readonly { readonly labels: Labels; readonly value: Value }[];
}

/** A value for each combination of labels; they become text only when somebody asks for them. */
function createSeries<Value>(first: () => Value): Series<Value> {
  const series = new Map<string, { readonly labels: Labels; readonly value: Value }>();
  return {
    of(labels) {
      const key = Object.values(labels).join("\0");
      const known = series.get(key);
      if (known !== undefined) return known.value;
      const value = first();
      series.set(key, { labels, value });
      return value;
    },
    all: () => [...series.values()],
  };
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

const PREFIX = "mcp_image_";
const HTTP_BOUNDS = [0.005, 0.02, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];
const GENERATION_BOUNDS = [0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300];
