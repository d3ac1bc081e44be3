/** What the doctor says of a bucket: which, where, and whose keys open it. */

import assert from "node:assert/strict";
import { startFakeRoles } from "../../fakes/aws_roles.ts";
import { startFakeS3 } from "../../fakes/s3.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { examine } from "../examination.ts";
import { openTerminal } from "../terminal.ts";

Deno.test("the doctor tells the bucket, its host and whose keys open it, and none of them", async () => {
  await using folder = await temporaryFolder();
  await using roles = await startFakeRoles(folder.path);
  const { accessKeyId, secretAccessKey, sessionToken } = roles.keys;
  await using s3 = startFakeS3({ bucket: "pictures", ...roles.keys });
  const { host } = new URL(s3.endpoint);
  const secrets = [accessKeyId, secretAccessKey, sessionToken, "wrong.token"];
  const look = async (keys: Readonly<Record<string, string>>) => {
    await using terminal = await openTerminal();
    const bucket = { MCP_IMAGE_STORE: "s3://pictures/art", AWS_ENDPOINT_URL_S3: s3.endpoint };
    const { findings } = await examine(terminal, { offline: "true" }, { ...bucket, ...keys });
    const told = terminal.stdout() + terminal.stderr();
    assert.ok(!secrets.some((secret) => told.includes(secret)));
    const { state, message } = findings["image store"]!;
    return [state, message] as const;
  };
  const given = {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  };
  const takes = (origin: string) =>
    ["ok", `s3://pictures/art takes pictures (${host}, with the keys of ${origin})`] as const;
  assert.deepEqual(await look(given), takes("AWS_ACCESS_KEY_ID"));
  const { container, machine } = roles.environments;
  assert.deepEqual(await look(container), takes("the role of this container"));
  assert.deepEqual(await look(machine), takes("the role of this machine"));
  await Deno.writeTextFile(roles.tokenFile, "wrong.token");
  const [state, message] = await look(container);
  assert.equal(state, "broken");
  assert.match(message, /No keys were had from the role of this container: .* 403 AccessDenied/);
});
