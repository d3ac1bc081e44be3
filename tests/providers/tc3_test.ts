import assert from "node:assert/strict";

import { type Tc3Call, tc3Headers, tc3Signature } from "../../src/providers/tc3.ts";
import vectors from "./tc3_vectors.json" with { type: "json" };

type Vector = typeof vectors[number];

for (const vector of vectors) {
  Deno.test(`tc3 signs as Tencent does: ${vector.name}`, async () => {
    const signed = await tc3Signature(callOf(vector));

    assert.equal(signed.canonicalRequest, vector.canonicalRequest);
    assert.equal(signed.stringToSign, vector.stringToSign);
    assert.equal(signed.signature, vector.signature);
    assert.equal(signed.authorization, vector.authorization);
  });
}

Deno.test("tc3 sends the action, version, region, time and session token as headers", async () => {
  const vector = vectorNamed("submit_with_token_and_language");

  assert.deepEqual(await tc3Headers(callOf(vector)), {
    "Content-Type": "application/json",
    "X-TC-Action": "SubmitHunyuanImageJob",
    "X-TC-Version": "2023-09-01",
    "X-TC-Timestamp": "1795305600",
    "X-TC-Region": "ap-guangzhou",
    "X-TC-Token": "EXAMPLETOKENabc/def+ghi==",
    Authorization: vector.authorization,
  });
});

Deno.test("tc3 leaves out the region and the session token where there are none", async () => {
  const headers = await tc3Headers(callOf(vectorNamed("no_region")));

  assert.ok(!("X-TC-Region" in headers));
  assert.ok(!("X-TC-Token" in headers));
});

Deno.test("tc3 signs the port of an endpoint that has one, and never a path", async () => {
  const call = {
    ...callOf(vectorNamed("submit_ascii")),
    endpoint: "http://127.0.0.1:8081/gateway",
  };

  const { canonicalRequest } = await tc3Signature(call);

  assert.match(canonicalRequest, /^POST\n\/\n\n.*\nhost:127\.0\.0\.1:8081\n/);
});

Deno.test("tc3 changes its date at midnight UTC", async () => {
  const call = callOf(vectorNamed("submit_ascii"));
  const midnight = Date.UTC(2026, 0, 1) / 1000;

  const before = await tc3Signature({ ...call, timestamp: midnight - 1 });
  const after = await tc3Signature({ ...call, timestamp: midnight });

  assert.match(before.authorization, /\/2025-12-31\/hunyuan\/tc3_request/);
  assert.match(after.authorization, /\/2026-01-01\/hunyuan\/tc3_request/);
});

function vectorNamed(name: string): Vector {
  const vector = vectors.find((candidate) => candidate.name === name);
  assert.ok(vector);
  return vector;
}

function callOf(vector: Vector): Tc3Call {
  const { secretId, secretKey, sessionToken, host, signedHeaders, ...call } = vector;
  return {
    ...call,
    endpoint: `https://${host}`,
    keys: { secretId, secretKey, sessionToken },
    signsAction: signedHeaders.includes("x-tc-action"),
  };
}
