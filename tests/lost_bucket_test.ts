/** Several servers that lose their bucket. */

import assert from "node:assert/strict";
import { startBfl } from "./fakes/bfl.ts";
import { connect } from "./storm/client.ts";
import { HAS_NGINX } from "./support/nginx.ts";
import { connectTo, POSTGRES } from "./support/postgres.ts";
import { type Replica, startReplicas } from "./support/replicas.ts";
import { until } from "./support/wait.ts";

Deno.test({
  name:
    "without their bucket servers draw nothing more, keep what was drawn, and recover by themselves",
  ignore: POSTGRES === undefined || !HAS_NGINX,
  async fn() {
    await using vendor = startBfl();
    await using replicas = await startReplicas(2, vendor.environment);
    const { bucket, database, servers } = replicas;
    const [one, other] = servers as [Replica, Replica];
    const atOne = await connect(one.url, "2026-07-28");
    const atOther = await connect(other.url, "2026-07-28");
    const draw = (client: typeof atOne, prompt: string, more = {}) =>
      client.call("generate_image", () => ({ prompt, provider: "flux", ...more }));
    const get = (client: typeof atOne, job_id: string) =>
      client.call("get_job", () => ({ job_id, wait_seconds: 60 }));
    await using connected = await connectTo(database);
    const stateOf = async (id: string) =>
      (await connected.query("SELECT state FROM image_server.jobs WHERE id = $1", id))[0]?.state;

    vendor.hold!();
    const { job } = await draw(atOne, "a cat", { wait_seconds: 0 });
    await until("the vendor has it", () => vendor.submissions.length === 1);
    bucket.lose();
    await other.kill();
    await other.start();
    vendor.finish!();
    const drawn = await get(atOne, job!.id);
    assert.equal(drawn.ok, true, "the picture is shown all the same");
    assert.match(JSON.stringify(drawn), /Not saved: .*there is no bucket 'pictures'/);
    assert.equal(await stateOf(job!.id), "accepted", "after a crash another server fetches it");

    for (const [server, client] of [[one, atOne], [other, atOther]] as const) {
      const { status, text } = await readiness(server);
      assert.equal(status, 503);
      assert.match(text, /Pictures cannot be kept/);
      const refused =
        "busy: Nothing was drawn, since pictures cannot be kept now; please try again";
      await assert.rejects(draw(client, "a dog"), ({ message }) => message.includes(refused));
    }
    const waits = await draw(atOne, "a hen", { wait_seconds: 0 });
    assert.equal(vendor.submissions.length, 1, "nothing more was sent to the vendor");

    bucket.giveBack();
    const late = await get(atOther, waits.job!.id);
    assert.equal(late.ok, true, JSON.stringify(late));
    await until("what was drawn is kept", async () => await stateOf(job!.id) === "finished");
    assert.equal(bucket.objects.size, 2);
    for (const server of servers) {
      await until("it is ready again", async () => (await readiness(server)).status === 200);
    }
    const sent = vendor.submissions.map(({ prompt }) => prompt);
    assert.deepEqual(sent, ["a cat", "a hen"]);
  },
});

async function readiness({ url }: Replica) {
  const response = await fetch(`${url}/ready`);
  return { status: response.status, text: await response.text() };
}
