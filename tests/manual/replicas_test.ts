/** The examples for several servers hold together: with each other, with the settings, with nginx. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { loadConfiguration } from "../../src/app/configuration.ts";
import { serverVariables } from "../../src/config/settings.ts";
import { parseDocument } from "../../src/dependencies/yaml.ts";
import { checkHttpSettings } from "../../src/http/check.ts";
import { createMetrics } from "../../src/metrics.ts";
import { providerVariables } from "../../src/providers/registry.ts";
import { surroundingsOf } from "../support/app.ts";
import { temporaryFolder } from "../support/folder.ts";
import { HAS_NGINX } from "../support/nginx.ts";
import { MANUAL } from "../tools/docs.ts";

const TEXT = await Deno.readTextFile(new URL("replicas.md", MANUAL));
const DOCKERFILE = await dockerfile();
/** What the image sets. */
const IMAGE = parseEnv(/^ENV (.*)$/m.exec(DOCKERFILE)![1]!.replaceAll(" ", "\n")) as Record<
  string,
  string
>;

const yaml = blocksOf("yaml").map((text) => text.split(/^---$/m).map(parsed));
// deno-lint-ignore no-explicit-any
const all: readonly any[] = yaml.flat();
const compose = all.find(({ services }) => services);
const kind = (name: string) => {
  const found = all.filter((each) => each.kind === name);
  assert.equal(found.length, 1, name);
  return found[0];
};
const deployment = kind("Deployment");
const pod = deployment.spec.template;
const [container] = pod.spec.containers;

Deno.test("the servers of the Compose file are configured without a mistake", () => {
  const { server, database, bucket } = compose.services;
  assert.ok(server.deploy.replicas > 1);
  assertNoMistake(interpolated(server.environment));
  assert.equal(server.environment.AWS_ACCESS_KEY_ID, bucket.environment.AWS_ACCESS_KEY_ID);
  const { MCP_DATABASE_URL, MCP_IMAGE_STORE, AWS_ENDPOINT_URL_S3 } = interpolated(
    server.environment,
  );
  assert.ok(new URL(AWS_ENDPOINT_URL_S3!).hostname in compose.services);
  const { username, password, hostname, pathname } = new URL(MCP_DATABASE_URL!);
  const made = interpolated(database.environment);
  assert.deepEqual(
    [username, password, pathname.slice(1)],
    [made.POSTGRES_USER, made.POSTGRES_PASSWORD, made.POSTGRES_DB],
  );
  assert.ok(hostname in compose.services);
  assert.equal(MCP_IMAGE_STORE, `s3://${bucket.environment.S3_BUCKET}`);
  const volumes = Object.values(compose.services).flatMap(volumesOf);
  const named = volumes.map((volume) => volume.split(":")[0]!).filter((name) => /^\w/.test(name));
  assert.deepEqual(named.sort(), Object.keys(compose.volumes).sort());
});

Deno.test("the image listens where others look for it, and may write where its volume is", () => {
  const { MCP_TRANSPORT, MCP_HOST, MCP_IMAGE_SAVE_DIR } = IMAGE;
  assert.deepEqual([MCP_TRANSPORT, MCP_HOST], ["http", "0.0.0.0"]);
  assert.ok(DOCKERFILE.includes(`EXPOSE ${serverVariables.MCP_PORT.whenUnset}\n`));
  assert.ok(DOCKERFILE.includes(`VOLUME ${MCP_IMAGE_SAVE_DIR}\n`));
  assert.ok(
    DOCKERFILE.includes(`mkdir ${MCP_IMAGE_SAVE_DIR} && chown deno ${MCP_IMAGE_SAVE_DIR}\n`),
  );
});

Deno.test("every word that the Compose file asks for is made for its .env file", () => {
  const asked = [...blocksOf("yaml").join("").matchAll(/\$\{(\w+)/g)].map(([, name]) => name!);
  const [, made] = /^for name in ([A-Z_ ]+);/m.exec(blocksOf("sh").join(""))!;
  assert.deepEqual([...new Set(asked)].sort(), made!.split(" ").sort());
  assert.ok(blocksOf("sh").join("").includes(`>> ${compose.services.server.env_file}\n`));
});

Deno.test("the servers of the Deployment are configured without a mistake", () => {
  const environment = Object.entries(environmentOfPod());
  assertNoMistake(Object.fromEntries(environment.map(([name, value]) => [name, filled(value)])));
});

Deno.test("a Secret that is left as it stands lets nobody in", () => {
  const { problems } = read(environmentOfPod());
  assert.ok(problems.some(({ message }) => message.includes("MCP_AUTH_TOKEN")), problems.join());
});

Deno.test("the objects of the cluster find each other", () => {
  assert.deepEqual(
    all.flatMap(({ apiVersion, kind }) => apiVersion ? [`${apiVersion} ${kind}`] : []).sort(),
    ["apps/v1 Deployment", "autoscaling/v2 HorizontalPodAutoscaler", "v1 Secret", "v1 Service"],
  );
  const service = kind("Service").spec;
  assert.deepEqual(deployment.spec.selector.matchLabels, pod.metadata.labels);
  assert.deepEqual(service.selector, pod.metadata.labels);
  const [port] = container.ports;
  assert.equal(service.ports[0].targetPort, port.name);
  assert.equal(port.containerPort, serverVariables.MCP_PORT.whenUnset);
  const { livenessProbe, readinessProbe } = container;
  assert.deepEqual(livenessProbe.httpGet, { path: "/health", port: port.name });
  assert.deepEqual(readinessProbe.httpGet, { path: "/ready", port: port.name });
  const [mount] = container.volumeMounts;
  assert.equal(mount.mountPath, IMAGE.MCP_IMAGE_SAVE_DIR);
  assert.equal(pod.spec.volumes[0].name, mount.name);
  const { scaleTargetRef, minReplicas } = kind("HorizontalPodAutoscaler").spec;
  const { apiVersion, kind: scaled, metadata: { name } } = deployment;
  assert.deepEqual(scaleTargetRef, { apiVersion, kind: scaled, name });
  assert.ok(minReplicas >= 2);
});

Deno.test("what stops a server waits for longer than the server does", () => {
  const grace = serverVariables.MCP_SHUTDOWN_GRACE.whenUnset;
  const { stop_grace_period } = compose.services.server;
  assert.ok(parseInt(stop_grace_period) >= grace + 5);
  const { terminationGracePeriodSeconds } = pod.spec;
  assert.ok(terminationGracePeriodSeconds >= grace + container.lifecycle.preStop.sleep.seconds + 5);
  assert.match(TEXT, new RegExp(`\`MCP_SHUTDOWN_GRACE\` seconds \\(${grace}\\)`));
});

Deno.test("what the cluster scales by is what the server tells", async () => {
  const [{ external }] = kind("HorizontalPodAutoscaler").spec.metrics;
  const { externalRules: [rule] } = all.find(({ externalRules }) => externalRules);
  const { name } = external.metric;
  assert.ok(rule.seriesQuery.startsWith(`${name}{`));
  const { minReplicas, maxReplicas } = kind("HorizontalPodAutoscaler").spec;
  assert.deepEqual([external.target.averageValue, minReplicas, maxReplicas], ["4", 2, 6]);
  assert.ok(TEXT.includes("A server for each four that wait, from two to six"));
  assert.match(await createMetrics().text(), new RegExp(`^${name} \\d+$`, "m"));
});

Deno.test("nginx stands where the Compose file says, and asks again who its servers are", () => {
  const [site = ""] = blocksOf("nginx");
  const { server, proxy } = compose.services;
  const [, name, port, options = ""] = /server (\w+):(\d+)([^;]*);/.exec(site)!;
  assert.equal(compose.services[name!], server);
  assert.equal(Number(port), serverVariables.MCP_PORT.whenUnset);
  assert.match(options, / resolve\b/);
  assert.match(site, /^resolver 127\.0\.0\.11 valid=\d+s;$/m);
  const [, outside, inside] = /^127\.0\.0\.1:(\d+):(\d+)$/.exec(proxy.ports[0])!;
  assert.ok(site.includes(`listen ${inside};`));
  assert.equal(new URL(server.environment.MCP_PUBLIC_BASE_URL).port, outside);
  assert.ok(TEXT.includes(`curl http://localhost:${outside}/ready`));
});

Deno.test({
  name: "nginx takes its file",
  ignore: !HAS_NGINX,
  async fn() {
    await using folder = await temporaryFolder();
    const [site = ""] = blocksOf("nginx");
    const file = join(folder.path, "nginx.conf");
    // Debian's nginx is older than `resolve`.
    const here = site.replace(/server \w+:8000 resolve/, "server 127.0.0.1:8000");
    await Deno.writeTextFile(
      file,
      `pid ${join(folder.path, "pid")};\nevents {}\nhttp { access_log off;\n${here}}\n`,
    );
    const args = ["-t", "-q", "-c", file, "-e", join(folder.path, "log")];
    const { success, stderr } = await new Deno.Command("nginx", { args }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
  },
});

/** The blocks of a language, in their order. */
function blocksOf(language: string): readonly string[] {
  return [...TEXT.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\``, "gm"))]
    .map(([, block]) => block!);
}

function parsed(text: string): unknown {
  const document = parseDocument(text);
  assert.deepEqual(document.errors, [], text);
  return document.toJS();
}

async function dockerfile(): Promise<string> {
  const production = await Deno.readTextFile(new URL("production.md", MANUAL));
  return /^```dockerfile\n([^]*?)^```/m.exec(production)![1]!;
}

/** As Compose reads it. */
function interpolated(environment: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).map(([name, value]) => {
      assert.equal(typeof value, "string", `${name} is taken for something else than a text`);
      return [name, String(value).replaceAll(/\$\{(\w+):\?\}/g, (_, word) => `a-${word}-b`)];
    }),
  );
}

/** What the Deployment gives each server, its Secret as it stands. */
function environmentOfPod(): Record<string, string> {
  const { metadata, stringData } = kind("Secret");
  assert.deepEqual(container.envFrom, [{ secretRef: { name: metadata.name } }]);
  const plain = container.env.map(({ name, value }: { name: string; value: unknown }) => {
    assert.equal(typeof value, "string", name);
    return [name, value];
  });
  return { ...stringData, ...Object.fromEntries(plain) };
}

/** A value of somebody's own in the place of one that counts as unset. */
function filled(value: string): string {
  return value.startsWith("your_") ? value.replaceAll("_", "-") : value;
}

/** Every name is a setting's, and the server would start with them. */
function assertNoMistake(environment: Readonly<Record<string, string>>): void {
  const known = { ...serverVariables, ...providerVariables };
  assert.deepEqual(Object.keys(environment).filter((name) => !(name in known)), []);
  const { problems, settings } = read(environment);
  assert.deepEqual(problems, []);
  assert.ok(settings.MCP_DATABASE_URL && settings.MCP_IMAGE_STORE);
}

function read(environment: Readonly<Record<string, string>>) {
  const env = { ...IMAGE, ...environment };
  const { problems, settings } = loadConfiguration(surroundingsOf(env, "/nowhere"), new Map());
  return { problems: [...problems, ...checkHttpSettings(settings)], settings };
}

function volumesOf(service: unknown): readonly string[] {
  return (service as { volumes?: readonly string[] }).volumes ?? [];
}
