import assert from "node:assert/strict";
import { connect, listen } from "../../../src/storage/postgres/connections.ts";
import { lossOf } from "../../../src/storage/postgres/connection_retry.ts";
import { joined, message, startBrokenPostgres } from "../../support/broken_postgres.ts";

const text = (words: string) => [...new TextEncoder().encode(words)];
const MEGABYTE = new Uint8Array(1024 ** 2);
const ROW = message("D", [0, 1, 0, 0, 0, 1, 0x31]);
const FIELDS = message("T", [0, 1, ...text("a\0"), ...Array(18).fill(0)]);

/** What a server answers a statement with. */
const BROKEN: Readonly<Record<string, () => Iterable<Uint8Array<ArrayBuffer>>>> = {
  "a row of a gigabyte": function* () {
    yield message("D", [], 1024 ** 3);
    for (let count = 0; count < 1024; count++) yield MEGABYTE;
  },
  "an error of a gigabyte": () => [message("E", text("Mno"), 1024 ** 3)],
  "rows without end": function* () {
    yield FIELDS;
    const rows = joined(...Array(5_000).fill(ROW));
    while (true) yield rows;
  },
  "an error without end": () => [message("E", text("Mno"))],
  "a notice whose end comes later": () => [message("N", text("Mno\0S")), message("Z", [0x49])],
  "a message of no length": () => [message("D", [], 0)],
  "another protocol": () => [new Uint8Array(text("HTTP/1.1 400 Bad Request\r\n\r\n"))],
  "an unknown way to sign in": () => [message("R", [0, 0, 0, 99])],
  "a row with less than no members": () => [message("D", [0xff, 0xff])],
  "a row that ends early": () => [message("D", [0, 9, 0, 0])],
  "more fields than it holds": () => [message("T", [0x7f, 0xff, 1])],
};

for (const [what, answer] of Object.entries(BROKEN)) {
  Deno.test(`a database that answers ${what} is left, as one that is lost`, async () => {
    using server = startBrokenPostgres({ answer: answer() });
    const connections = await connect(server.url, { max: 1 });
    const before = Deno.memoryUsage().rss;
    await assert.rejects(connections.query("SELECT 1"), (error) => {
      assert.equal(lossOf(error), "on the way", String(error));
      return true;
    });
    const grown = (Deno.memoryUsage().rss - before) / 1024 ** 2;
    assert.ok(grown < 400, `${grown} MB`);
    await connections.close();
  });
}

Deno.test("what is broken before a connection is made was never sent a statement", async () => {
  for (const begin of [...BROKEN["an error without end"]!(), ...BROKEN["another protocol"]!()]) {
    using server = startBrokenPostgres({ begin });
    const connections = await connect(server.url);
    await assert.rejects(connections.query("SELECT 1"), (error) => lossOf(error) === "before");
    await connections.close();
    await assert.rejects(listen(server.url, "cats", () => {}), /no answer of PostgreSQL's/);
  }
});

const SILENT = {
  "after it let a client in": { begin: new Uint8Array() },
  "at a statement": {},
  "amid a row": { answer: [FIELDS, ROW, ROW.subarray(0, 8)] },
};
for (const [when, options] of Object.entries(SILENT)) {
  Deno.test(`a database that falls silent ${when} is waited for once`, async () => {
    using server = startBrokenPostgres(options);
    const connections = await connect(server.url, { answerTime: 50 });
    await assert.rejects(connections.query("SELECT 1"), (error) => lossOf(error) === "silent");
    await assert.rejects(connections.query("SELECT 1"), (error) => lossOf(error) === "silent");
    assert.equal(server.connections, 2, "what was silent is not asked again");
    await connections.close();
  });
}
