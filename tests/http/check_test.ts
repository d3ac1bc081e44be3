import assert from "node:assert/strict";
import { checkHttpSettings, httpWarnings } from "../../src/http/check.ts";
import { settingsOf } from "./support.ts";

function problemsOf(variables: Record<string, string>): string[] {
  return checkHttpSettings(settingsOf(variables)).map(({ variable }) => variable);
}

for (const host of ["0.0.0.0", "::", "192.168.1.5", "images.example.com"]) {
  Deno.test(`listening on ${host} without a token is refused, with the way out`, () => {
    const [problem, ...others] = checkHttpSettings(settingsOf({ MCP_HOST: host }));
    assert.deepEqual(others, []);
    assert.match(problem?.message ?? "", /MCP_AUTH_TOKEN/);
    assert.match(problem?.message ?? "", /MCP_ALLOW_UNAUTHENTICATED=true/);
    assert.deepEqual(problemsOf({ MCP_HOST: host, MCP_AUTH_TOKEN: "token" }), []);
    assert.deepEqual(problemsOf({ MCP_HOST: host, MCP_ALLOW_UNAUTHENTICATED: "true" }), []);
  });
}

const SIGN_IN = {
  MCP_OAUTH_ISSUER: "https://id.example.com/",
  MCP_PUBLIC_BASE_URL: "https://images.example.com",
};

Deno.test("a sign-in guards a server as a token does", () => {
  assert.deepEqual(problemsOf({ ...SIGN_IN, MCP_HOST: "0.0.0.0" }), []);
  assert.deepEqual(httpWarnings(settingsOf(SIGN_IN)), []);
});

Deno.test("a sign-in needs a public address, and an issuer that nobody can change on the way", () => {
  const { MCP_OAUTH_ISSUER } = SIGN_IN;
  assert.deepEqual(problemsOf({ MCP_OAUTH_ISSUER }), ["MCP_PUBLIC_BASE_URL"]);
  const open = { ...SIGN_IN, MCP_OAUTH_ISSUER: "http://id.example.com" };
  assert.deepEqual(problemsOf(open), ["MCP_OAUTH_ISSUER"]);
  const here = { ...SIGN_IN, MCP_OAUTH_ISSUER: "http://127.0.0.1:8080/realms/main" };
  assert.deepEqual(problemsOf(here), []);
  assert.deepEqual(problemsOf({ MCP_OAUTH_AUDIENCE: "images" }), ["MCP_OAUTH_AUDIENCE"]);
});

const USER = `ann=scrypt.15.8.3.${"s".repeat(22)}.${"k".repeat(43)}`;
const PEOPLE = { MCP_USERS: USER, MCP_PUBLIC_BASE_URL: "https://images.example.com" };

Deno.test("people with a password guard a server as a token does, at an address nobody can listen at", () => {
  assert.deepEqual(problemsOf({ ...PEOPLE, MCP_HOST: "0.0.0.0" }), []);
  assert.deepEqual(httpWarnings(settingsOf(PEOPLE)), []);
  assert.deepEqual(problemsOf({ MCP_USERS: USER }), ["MCP_PUBLIC_BASE_URL"]);
  const open = { ...PEOPLE, MCP_PUBLIC_BASE_URL: "http://images.example.com" };
  assert.deepEqual(problemsOf(open), ["MCP_PUBLIC_BASE_URL"]);
  assert.deepEqual(problemsOf({ ...PEOPLE, MCP_PUBLIC_BASE_URL: "http://localhost:8000" }), []);
});

Deno.test("an entry of MCP_USERS is one that 'user add' makes, and is not shown where it is none", () => {
  const others = [
    "ann=a password",
    `${USER}=`,
    `${USER},${USER}`,
    USER.replace("ann", ""),
    USER.replace("ann", "ann smith"),
    USER.replace("scrypt.15", "scrypt.20"),
    USER.replace("8.3", "8.0"),
    USER.slice(0, -1),
  ];
  for (const value of others.map((each) => each.replaceAll(" ", "_"))) {
    const { MCP_PUBLIC_BASE_URL } = PEOPLE;
    const [problem, ...more] = checkHttpSettings(
      settingsOf({ MCP_USERS: value.replace("ann_smith", "ann/smith"), MCP_PUBLIC_BASE_URL }),
    );
    assert.equal(problem?.variable, "MCP_USERS", value);
    assert.deepEqual(more, []);
    assert.match(problem.message, /'mcp-image-server user add NAME'/);
    assert.doesNotMatch(problem.message, /password|kkk/);
  }
  const bob = USER.replace("ann", "bob.o-2");
  assert.deepEqual(problemsOf({ ...PEOPLE, MCP_USERS: `${USER}, ${bob}`.replace(" ", "") }), []);
});

Deno.test("admins are names of tokens or of people", () => {
  const settings = { ...PEOPLE, MCP_AUTH_TOKEN: "bob=token1,eve=token2" };
  assert.deepEqual(problemsOf({ ...settings, MCP_ADMINS: "ann,bob" }), []);
  assert.deepEqual(problemsOf({ ...settings, MCP_ADMINS: "ann,zoe" }), ["MCP_ADMINS"]);
});

Deno.test("an issuer is kept to the letter", () => {
  assert.equal(settingsOf(SIGN_IN).MCP_OAUTH_ISSUER, "https://id.example.com/");
});

for (const host of ["127.0.0.1", "localhost", "::1"]) {
  Deno.test(`listening on ${host} needs no token`, () => {
    assert.deepEqual(problemsOf({ MCP_HOST: host }), []);
  });
}

Deno.test("a public address without a token is worth a warning, and one with a token is not", () => {
  const warningsOf = (variables: Record<string, string>) => httpWarnings(settingsOf(variables));
  const published = { MCP_PUBLIC_BASE_URL: "https://images.example.com" };
  assert.match(warningsOf(published)[0] ?? "", /images\.example\.com .*MCP_AUTH_TOKEN/);
  assert.match(warningsOf({ MCP_ALLOWED_HOSTS: "a.example" })[0] ?? "", /a\.example/);
  assert.deepEqual(warningsOf({ ...published, MCP_AUTH_TOKEN: "token" }), []);
  assert.deepEqual(warningsOf({ ...published, MCP_ALLOW_UNAUTHENTICATED: "true" }), []);
  assert.deepEqual(warningsOf({ MCP_PUBLIC_BASE_URL: "http://localhost:8000" }), []);
});

Deno.test("every malformed list and token is named at once, and no token is shown", () => {
  const problems = checkHttpSettings(settingsOf({
    MCP_AUTH_TOKEN: "anna=hidden1,hidden2",
    MCP_ALLOWED_ORIGINS: "https://fine.example,example.com,https://x.example/path,*.example.com",
    MCP_ALLOWED_HOSTS: "fine.example,https://images.example.com,*.example.com",
  }));
  assert.deepEqual(problems.map(({ variable }) => variable), [
    "MCP_AUTH_TOKEN",
    "MCP_ALLOWED_ORIGINS",
    "MCP_ALLOWED_HOSTS",
  ]);
  const text = problems.map(({ message }) => message).join("\n");
  assert.doesNotMatch(text, /hidden|fine/);
  assert.match(text, /'example\.com', 'https:\/\/x\.example\/path' or '\*\.example\.com'/);
});
