/** A bucket without keys of its own: those of a role are had, used and had anew. */

import assert from "node:assert/strict";
import { loadConfiguration } from "../../../src/app/configuration.ts";
import { imageStoresOf } from "../../../src/app/image_stores.ts";
import { closeVendorConnections } from "../../../src/providers/vendor_fetch.ts";
import { RoleCredentials, type RoleKeys } from "../../../src/storage/s3/credentials/credentials.ts";
import { tokenServiceOf } from "../../../src/storage/s3/credentials/web_identity.ts";
import { type FakeRoles, type RoleKind, startFakeRoles } from "../../fakes/aws_roles.ts";
import { error, startFakeS3 } from "../../fakes/s3.ts";
import { surroundingsOf } from "../../support/app.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { someBytes } from "../contracts/image_store.ts";

const KINDS: readonly RoleKind[] = ["container", "identity", "machine"];

for (const kind of KINDS) {
  Deno.test(`the role of a ${kind} gives the keys for a bucket, and others when these are old`, async () => {
    await using opened = await open(kind);
    const { roles, s3, images } = opened;
    await images.put("one.png", someBytes(10));
    await images.put("two.png", someBytes(10));
    assert.deepEqual([...s3.objects.keys()], ["art/one.png", "art/two.png"]);
    const questions = roles.requests.length;
    assert.equal(questions, kind === "machine" ? 3 : 1, "keys are asked for once");

    roles.renew();
    await roles.setToken("second.token");
    s3.faults.push(() => error(400, "ExpiredToken"));
    assert.deepEqual(await images.get("one.png"), someBytes(10));
    assert.equal(roles.requests.length, 2 * questions);
  });

  Deno.test(`what keeps the role of a ${kind} from giving keys is told, and none of its secrets`, async () => {
    await using opened = await open(kind);
    const { roles, images } = opened;
    const cases: readonly (readonly [() => Response, RegExp])[] = [
      [
        () => Response.json({ AccessKeyId: "ASIAHALF" }),
        kind === "machine" ? /./ : /does not hold/,
      ],
      [() => new Response("x".repeat(100_000)), /too long/],
      [
        () => Response.json({ Code: "Nope", Message: "no\u001b[2J" }, { status: 403 }),
        /403 Nope: no/,
      ],
    ];
    for (const [fault, words] of cases) {
      roles.faults.push(...Array(3).fill(fault));
      const trouble = await images.trouble() ?? "";
      roles.faults.length = 0;
      assert.match(
        trouble,
        /cannot be kept in s3:\/\/pictures\/art: No keys were had from the role/,
      );
      assert.match(trouble, words);
      assert.doesNotMatch(trouble, /ASIAHALF|first\.token|\p{Cc}/u);
    }
    assert.equal(await images.trouble(), undefined, "and it is asked again");
  });
}

Deno.test("a token that is refused, and a file of it that is missing, are told", async () => {
  for (const kind of ["container", "identity"] as const) {
    await using opened = await open(kind);
    const { roles, images } = opened;
    await Deno.writeTextFile(roles.tokenFile, "wrong.token");
    const refused = await images.trouble() ?? "";
    assert.match(
      refused,
      kind === "container" ? /403 AccessDenied: Wrong/ : /InvalidIdentityToken/,
    );
    assert.doesNotMatch(refused, /wrong\.token/);
    await Deno.remove(roles.tokenFile);
    assert.match(await images.trouble() ?? "", /the file of AWS_[A-Z_]+TOKEN_FILE cannot be read/);
  }
});

Deno.test("a machine without a role says what to set instead", async () => {
  await using opened = await open("machine");
  const { roles, images } = opened;
  const instead = /this machine has none.*Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY/;
  roles.faults.push(() => new Response(null, { status: 403 }));
  assert.match(await images.trouble() ?? "", instead);
  await roles[Symbol.asyncDispose]();
  closeVendorConnections();
  assert.match(await images.trouble() ?? "", instead);
});

Deno.test("keys are had anew before they end, once for all, and old ones are used to their end", async () => {
  let now = 1_800_000_000_000;
  const MINUTE = 60_000;
  let asked = 0;
  let isGone = false;
  const fetchKeys = async (): Promise<RoleKeys> => {
    asked++;
    await Promise.resolve();
    if (isGone) throw new Error("gone");
    return { accessKeyId: `KEY${asked}`, secretAccessKey: "s", expiresAt: now + 60 * MINUTE };
  };
  const credentials = new RoleCredentials({ origin: "a role", fetchKeys }, () => now);
  const key = async () => (await credentials.keys()).accessKeyId;
  assert.deepEqual(await Promise.all([key(), key(), key()]), ["KEY1", "KEY1", "KEY1"]);
  now += 54 * MINUTE;
  assert.equal(await key(), "KEY1");
  now += 2 * MINUTE;
  assert.deepEqual(await Promise.all([key(), key()]), ["KEY2", "KEY1"]); // one asks, no other waits
  isGone = true;
  now += 56 * MINUTE;
  assert.deepEqual([await key(), await key(), asked], ["KEY2", "KEY2", 3]);
  now += MINUTE;
  assert.deepEqual([await key(), asked], ["KEY2", 4]);
  now += 4 * MINUTE;
  await assert.rejects(key(), /No keys were had from a role: gone/);
  isGone = false;
  assert.equal(await key(), "KEY6");
});

Deno.test("what a role needs is a mistake where it is half there, or leads where keys must not go", () => {
  const problems = (env: Record<string, string>) =>
    loadConfiguration(
      surroundingsOf({ MCP_IMAGE_STORE: "s3://pictures", ...env }, "/nowhere"),
      new Map(),
    ).problems.map(({ message }) => message).join("\n");
  assert.equal(problems({}), "");
  assert.equal(problems({ AWS_ROLE_ARN: "arn:aws:iam::1:role/x" }), "");
  assert.match(problems({ AWS_ACCESS_KEY_ID: "AKID" }), /set AWS_SECRET_ACCESS_KEY/);
  assert.match(problems({ AWS_WEB_IDENTITY_TOKEN_FILE: "/t" }), /set AWS_ROLE_ARN/);
  assert.match(
    problems({ AWS_EC2_METADATA_DISABLED: "true" }),
    /set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY/,
  );
  const agent = (url: string) => problems({ AWS_CONTAINER_CREDENTIALS_FULL_URI: url });
  for (
    const url of [
      "http://169.254.170.23/v1/credentials",
      "http://[fd00:ec2::23]/v1/credentials",
      "http://127.0.0.1:8080/x",
      "https://keys.example.com/x",
    ]
  ) assert.equal(agent(url), "", url);
  for (const url of ["http://example.com/x", "http://169.254.169.254/", "http://127.0.0.1.evil/"]) {
    assert.match(agent(url), /must be an https address, or an http one of this machine/, url);
  }
  const relative = (path: string) => problems({ AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: path });
  assert.equal(relative("/v2/credentials/id"), "");
  for (const path of ["//example.com/x", "@example.com/x", "x"]) {
    assert.match(relative(path), /must be a path that begins with \//, path);
  }
});

Deno.test("the token service is that of the region", () => {
  assert.equal(tokenServiceOf("eu-west-1"), "https://sts.eu-west-1.amazonaws.com/");
  assert.equal(tokenServiceOf("cn-north-1"), "https://sts.cn-north-1.amazonaws.com.cn/");
});

/** A bucket that takes the keys that are good now, and the store that a server with that role has. */
async function open(kind: RoleKind) {
  const folder = await temporaryFolder();
  const roles: FakeRoles = await startFakeRoles(folder.path);
  const s3 = startFakeS3({
    bucket: "pictures",
    get accessKeyId() {
      return roles.keys.accessKeyId;
    },
    get secretAccessKey() {
      return roles.keys.secretAccessKey;
    },
    get sessionToken() {
      return roles.keys.sessionToken;
    },
  });
  const env = {
    MCP_IMAGE_STORE: "s3://pictures/art",
    AWS_ENDPOINT_URL_S3: s3.endpoint,
    ...roles.environments[kind],
  };
  const { settings, problems } = loadConfiguration(surroundingsOf(env, folder.path), new Map());
  assert.deepEqual(problems, []);
  return {
    roles,
    s3,
    images: imageStoresOf(settings)!.images,
    async [Symbol.asyncDispose]() {
      closeVendorConnections();
      await roles[Symbol.asyncDispose]();
      await s3[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}
