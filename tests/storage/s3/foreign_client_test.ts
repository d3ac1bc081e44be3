/** That the store of these tests asks for what Amazon's does: a client that others wrote gets in, too. */

import { S3Client } from "@bradenmacdonald/s3-lite-client";
import assert from "node:assert/strict";
import { startFakeS3 } from "../../fakes/s3.ts";

const KEYS = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCY" };

Deno.test("a foreign client signs so that it gets in, and does not with another secret", async () => {
  await using s3 = startFakeS3({ bucket: "pictures", ...KEYS });
  const clientWith = (secretKey: string) =>
    new S3Client({
      endPoint: s3.endpoint,
      region: "us-east-1",
      bucket: "pictures",
      pathStyle: true,
      accessKey: KEYS.accessKeyId,
      secretKey,
    });
  const client = clientWith(KEYS.secretAccessKey);
  await client.putObject("夜 (1).png", new Uint8Array([1, 2, 3]));
  assert.deepEqual([...s3.objects.keys()], ["夜 (1).png"]);
  assert.deepEqual(await (await client.getObject("夜 (1).png")).bytes(), new Uint8Array([1, 2, 3]));
  const address = await client.getPresignedUrl("GET", "夜 (1).png", { expirySeconds: 60 });
  assert.deepEqual(await (await fetch(address)).bytes(), new Uint8Array([1, 2, 3]));
  await assert.rejects(clientWith("wrong").getObject("夜 (1).png"), /SignatureDoesNotMatch/);
});
