/** What every kind of records keeps to: owners, order, pages, and what several servers do at once. */

import assert from "node:assert/strict";
import type {
  ImageFilter,
  ImageRecord,
  ImageSource,
  ImageSummary,
  JobRecord,
  Records,
  UploadedPicture,
  UploadRecord,
} from "../../../src/storage/records/records.ts";
import { testBatchRecords } from "./batch_records.ts";

export interface OpenedRecords extends AsyncDisposable {
  readonly records: Records;
  /** The clock that the records go by, in milliseconds since 1970. */
  readonly clock: { now: number };
}

/** Registers the tests of one kind of records. */
export function testRecords(kind: string, open: () => Promise<OpenedRecords>): void {
  const test = (what: string, work: (opened: OpenedRecords) => Promise<void>) =>
    Deno.test(`${kind}: ${what}`, async () => {
      await using opened = await open();
      await work(opened);
    });

  test("a picture is found as it was saved", async ({ records: { images } }) => {
    const saved = image("img_1", { seed: 7, revisedPrompt: "a red cat", width: null });
    await images.save(saved, source());
    assert.deepEqual(await images.find("img_1", "", 0), saved);
    assert.deepEqual(await images.findFile("img_1.png", ""), saved);
    assert.equal(await images.find("img_2", "", 0), undefined);
  });

  test("a trained model is found by its name, by its owner alone", async ({ records }) => {
    const { models } = records;
    const model = {
      name: "my-dog",
      owner: "ann",
      provider: "fal",
      model: "vendor/model",
      options: { loras: [{ path: "https://vendor.example/lora", scale: 1 }] },
      triggerWord: "ZXDOG",
      createdAt: 1_000,
    };
    const newer = { ...model, name: "my-cat", createdAt: 2_000 };
    const ofBob = { ...model, owner: "bob", options: {} };
    for (const each of [model, newer, ofBob]) await models.save(each);
    assert.deepEqual(await models.find("my-dog", "ann"), model);
    assert.deepEqual(await models.find("my-dog", "bob"), ofBob);
    assert.equal(await models.find("my-cat", "bob"), undefined);
    assert.deepEqual(await models.list("ann", 10), [newer, model]);
    assert.deepEqual(await models.list("ann", 1), [newer]);
    const again = { ...model, model: "vendor/other", createdAt: 3_000 };
    await models.save(again);
    assert.deepEqual(await models.list("ann", 10), [again, newer]);
  });

  test("a trained model takes a name that is free, and is forgotten by its owner alone", async ({ records }) => {
    const { models } = records;
    const trained = { owner: "ann", provider: "fal", model: "vendor/model", options: {} };
    const model = { ...trained, name: "my-dog", triggerWord: "ZXDOG", createdAt: 1_000 };
    const other = { ...model, name: "my-cat" };
    const ofBob = { ...model, owner: "bob" };
    for (const each of [model, other, ofBob]) await models.save(each);
    assert.equal(await models.rename("my-dog", "ann", "my-cat"), false);
    assert.equal(await models.rename("my-fox", "ann", "my-hen"), false);
    assert.equal(await models.rename("my-dog", "ann", "my-hound"), true);
    assert.deepEqual(await models.find("my-hound", "ann"), { ...model, name: "my-hound" });
    assert.deepEqual(await models.find("my-cat", "ann"), other);
    assert.equal(await models.remove("my-dog", "ann"), false);
    assert.equal(await models.remove("my-hound", "ann"), true);
    assert.deepEqual(await models.list("ann", 10), [other]);
    assert.deepEqual(await models.list("bob", 10), [ofBob]);
  });

  test("how a picture was made is told to its owner", async ({ records: { images } }) => {
    await images.save(image("img_1", { owner: "ann" }), source("ann's cat"));
    assert.deepEqual(await images.findSource("img_1", "ann"), source("ann's cat"));
    assert.equal(await images.findSource("img_1", "bob"), undefined);
    assert.equal(await images.findSource("img_2", "ann"), undefined);
  });

  test("a picture is its owner's, and one without an owner everybody's", async ({ records }) => {
    const { images } = records;
    await images.save(image("img_ann", { owner: "ann" }), source("ann's cat"));
    await images.save(image("img_all", { owner: null }), source("everybody's cat"));
    assert.equal(await images.find("img_ann", "bob", 0), undefined);
    assert.equal(await images.findFile("img_ann.png", "bob"), undefined);
    assert.ok(await images.findFile("img_ann.png", undefined), "to whoever knows the name");
    assert.ok(await images.find("img_all", "bob", 0));
    const namesFor = async (owner: string) => {
      const page = { limit: 10 };
      const listed = await images.list(owner, page);
      assert.deepEqual(await images.search({ query: "cat" }, owner, page), listed);
      return listed.map(({ id }) => id).sort();
    };
    assert.deepEqual(await namesFor("ann"), ["img_all", "img_ann"]);
    assert.deepEqual(await namesFor("bob"), ["img_all"]);
  });

  test("an owner's name is no word of the picture", async ({ records: { images } }) => {
    for (const owner of ["ann", "ann b", "安", '"'] as const) {
      await images.save(image(`img_${owner}`, { owner }), source("cat"));
      const ids = async (query: string) =>
        (await images.search({ query }, owner, { limit: 10 })).map(({ id }) => id);
      assert.deepEqual(await ids("cat"), [`img_${owner}`]);
      for (const query of ["ann", "n", "安", "e0", "61", "6"]) {
        assert.deepEqual(await ids(query), [], query);
      }
    }
  });

  test("a record that is older than asked for is not found", async ({ records, clock }) => {
    await records.images.save(image("img_1"), source());
    assert.ok(await records.images.find("img_1", "", clock.now));
    assert.equal(await records.images.find("img_1", "", clock.now + 1), undefined);
  });

  test("saving an id again replaces its record, its words too", async ({ records: { images } }) => {
    await images.save(image("img_1"), source("a cat"));
    await images.save(image("img_1", { fileName: "two.png", seed: 2 }), source("a dog"));
    assert.equal((await images.find("img_1", "", 0))?.seed, 2);
    assert.equal(await images.findFile("img_1.png", ""), undefined);
    assert.deepEqual(await images.search({ query: "cat" }, "", { limit: 10 }), []);
    assert.equal((await images.search({ query: "dog" }, "", { limit: 10 })).length, 1);
  });

  test("pictures are listed last saved first, page by page", async ({ records: { images } }) => {
    for (let index = 0; index < 25; index++) {
      const owner = index % 3 === 0 ? null : "";
      const id = `img_${String(index).padStart(2, "0")}`;
      await images.save(image(id, { owner }), source(`cat ${index}`));
    }
    for (const read of [images.list.bind(images), images.search.bind(images, { query: "cat" })]) {
      const seen: string[] = [];
      let before: number | undefined;
      while (true) {
        const page: readonly ImageSummary[] = await read("", { limit: 10, before });
        seen.push(...page.map(({ id }) => id));
        before = page.at(-1)?.position;
        if (page.length < 10) break;
      }
      assert.equal(new Set(seen).size, 25);
      assert.deepEqual(seen, seen.toSorted().reverse());
    }
  });

  const PROMPTS = [
    "A blue LOGO for a bakery",
    "雨中的竹林小路，水墨画",
    "Ein Kätzchen im Garten",
    "logo of a red fox; flat, minimal",
  ];
  const SEARCHES: readonly (readonly [query: string, found: readonly number[]])[] = [
    ["logo", [3, 0]],
    ["LOGO blue", [0]],
    ["akery", [0]],
    ["ogo", [3, 0]],
    ["竹林", [1]],
    ["墨", [1]],
    ["画", [1]],
    ["kätzch", [2]],
    ["fox flat", [3]],
    ["logo elephant", []],
    ['" OR 1', []],
    ["*", [3, 2, 1, 0]],
    ["", [3, 2, 1, 0]],
  ];
  for (const [query, found] of SEARCHES) {
    test(`a search for '${query}' finds what holds each of its words`, async (opened) => {
      const { records: { images }, clock } = opened;
      for (const [index, prompt] of PROMPTS.entries()) {
        clock.now++;
        await images.save(image(`img_${index}`), source(prompt));
      }
      const ids = (await images.search({ query }, "", { limit: 10 })).map(({ id }) => id);
      assert.deepEqual(ids, found.map((index) => `img_${index}`));
    });
  }

  test("what the vendor made of a prompt is searched as well", async ({ records: { images } }) => {
    await images.save(image("img_1", { revisedPrompt: "an elephant" }), source("an animal"));
    assert.equal((await images.search({ query: "elephant" }, "", { limit: 1 })).length, 1);
  });

  test("pictures are found by what is known of them", async ({ records: { images }, clock }) => {
    const kinds: readonly (readonly [string, Partial<ImageRecord>, Partial<ImageSource>])[] = [
      ["img_1", { provider: "openai", model: "gpt-image-1" }, { parameters: { style: "anime" } }],
      ["img_2", { provider: "flux" }, { parents: ["img_1"] }],
      ["img_3", { provider: "openai", model: "gpt-image" }, {
        operation: "edit",
        parents: ["img_1", "img_2"],
      }],
    ];
    for (const [id, record, made] of kinds) {
      clock.now += 1000;
      await images.save(image(id, record), { ...source("a cat"), ...made });
    }
    const ids = async (filter: ImageFilter) =>
      (await images.search(filter, "", { limit: 10 })).map(({ id }) => id);
    assert.deepEqual(await ids({}), ["img_3", "img_2", "img_1"]);
    assert.deepEqual(await ids({ provider: "OpenAI" }), ["img_3", "img_1"]);
    assert.deepEqual(await ids({ model: "gpt-image" }), ["img_3"]);
    assert.deepEqual(await ids({ style: "anime" }), ["img_1"]);
    assert.deepEqual(await ids({ query: "anim" }), ["img_1"], "a style is a text, too");
    assert.deepEqual(await ids({ parent: "img_1" }), ["img_3", "img_2"]);
    assert.deepEqual(await ids({ parent: "img_1", provider: "flux", query: "cat" }), ["img_2"]);
    assert.deepEqual(await ids({ since: clock.now - 1000 }), ["img_3", "img_2"]);
    assert.deepEqual(await ids({ until: clock.now }), ["img_2", "img_1"]);
    assert.deepEqual(await ids({ since: clock.now - 1000, until: clock.now }), ["img_2"]);
    assert.deepEqual(await ids({ since: clock.now + 1 }), []);
  });

  test("what is noted of a picture is found, counted and changed again", async ({ records }) => {
    const { images } = records;
    for (const id of ["img_1", "img_2"]) await images.save(image(id), source("a cat"));
    const notes = { title: "Kätzchen im Garten", tags: ["Kunde A", "海报"], isFavorite: true };
    assert.ok(await images.annotate("img_1", "", notes));
    assert.ok(await images.annotate("img_2", "", { tags: ["海报"] }));
    const found = async (filter: ImageFilter) =>
      (await images.search(filter, "", { limit: 10 })).map(({ id }) => id);
    const [listed] = await images.summaries(["img_1", "img_none"], "");
    assert.deepEqual(listed?.notes, notes);
    assert.deepEqual(await found({ query: "kätz" }), ["img_1"]);
    assert.deepEqual(await found({ query: "海" }), ["img_2", "img_1"], "a tag is a text, too");
    assert.deepEqual(await found({ tag: "kunde a" }), ["img_1"]);
    assert.deepEqual(await found({ tag: "kunde" }), [], "a tag is whole");
    assert.deepEqual(await found({ isFavorite: true }), ["img_1"]);
    assert.deepEqual(await found({ isFavorite: false }), ["img_2"]);
    assert.deepEqual(await images.tags("", 10), ["海报", "Kunde A"]);
    assert.ok(await images.annotate("img_1", "", { title: null, tags: [], isFavorite: false }));
    assert.deepEqual(await found({ query: "kätz" }), []);
    assert.deepEqual(await found({ isFavorite: true }), []);
    assert.deepEqual(await images.tags("", 10), ["海报"]);
  });

  test("favourites are found page by page, everybody's too and none in the trash", async (opened) => {
    const { images } = opened.records;
    const owners = ["ann", null, "bob", "ann", null, "ann"];
    for (const [number, owner] of owners.entries()) {
      await images.save(image(`img_${number}`, { owner }), source("a cat"));
      await images.annotate(`img_${number}`, owner ?? "ann", { isFavorite: number !== 4 });
    }
    await images.trash("img_5", "ann", opened.clock.now);
    const found = (before?: number) =>
      images.search({ isFavorite: true }, "ann", { limit: 2, before });
    const first = await found();
    assert.deepEqual(first.map(({ id }) => id), ["img_3", "img_1"]);
    assert.deepEqual((await found(first[1]!.position)).map(({ id }) => id), ["img_0"]);
  });

  test("notes, the trash and the end of a picture are its owner's", async ({ records }) => {
    const { images } = records;
    await images.save(image("img_1", { owner: "ann" }), source("a cat"));
    await images.annotate("img_1", "ann", { tags: ["mine"] });
    assert.equal(await images.annotate("img_1", "bob", { title: "his" }), false);
    assert.equal(await images.trash("img_1", "bob", 1), false);
    assert.equal(await images.remove("img_1", "bob"), undefined);
    assert.deepEqual(await images.tags("bob", 10), []);
    assert.deepEqual(await images.summaries(["img_1"], "bob"), []);
    assert.equal((await images.summaries(["img_1"], "ann"))[0]?.notes.title, null);
  });

  test("what is in the trash is found there alone, and comes back", async ({ records, clock }) => {
    const { images } = records;
    await images.save(image("img_1"), source("a cat"));
    assert.ok(await images.trash("img_1", "", clock.now));
    assert.equal(await images.find("img_1", "", 0), undefined);
    assert.equal(await images.findFile("img_1.png", ""), undefined);
    assert.equal(await images.findFile("img_1.png", undefined), undefined);
    assert.deepEqual(await images.list("", { limit: 10 }), []);
    const found = async (filter: ImageFilter) =>
      (await images.search(filter, "", { limit: 10 })).map(({ id }) => id);
    assert.deepEqual(await found({ query: "cat" }), []);
    assert.deepEqual(await found({ query: "cat", isTrashed: true }), ["img_1"]);
    assert.deepEqual(await images.trashedBefore(clock.now, 10), []);
    assert.deepEqual(await images.trashedBefore(clock.now + 1, 10), [{ id: "img_1", owner: "" }]);
    assert.ok(await images.trash("img_1", "", null));
    assert.deepEqual(await found({ query: "cat" }), ["img_1"]);
    assert.ok(await images.find("img_1", "", 0));
  });

  test("what may go is told oldest first, the trash before all else and favourites never", async ({ records: { images }, clock }) => {
    const start = clock.now;
    const names = (found: readonly { readonly id: string }[]) => found.map(({ id }) => id);
    assert.deepEqual(await images.spare(10), { totalBytes: 0, pictures: [] });
    for (const [index, id] of ["img_1", "img_2", "img_3", "img_4"].entries()) {
      clock.now = start + index;
      await images.save(image(id, { owner: index === 0 ? "ann" : "" }), source());
    }
    await images.annotate("img_2", "", { isFavorite: true });
    await images.trash("img_4", "", clock.now);
    assert.deepEqual(names(await images.madeBefore(start + 3, 10)), ["img_1", "img_3"]);
    assert.deepEqual(names(await images.madeBefore(start + 2, 10)), ["img_1"]);
    assert.deepEqual(names(await images.madeBefore(start + 3, 1)), ["img_1"]);
    const { totalBytes, pictures } = await images.spare(2);
    assert.deepEqual([totalBytes, names(pictures)], [4_000, ["img_4", "img_1"]]);
    assert.deepEqual(pictures[1], { id: "img_1", owner: "ann", sizeBytes: 1_000 });
    assert.deepEqual(names((await images.spare(10)).pictures), ["img_4", "img_1", "img_3"]);
    await images.tidy(new AbortController().signal);
    assert.equal((await images.search({ query: "cat" }, "", { limit: 10 })).length, 2);
  });

  test("a picture that is removed is known no more, and its file is told", async ({ records }) => {
    const { images } = records;
    await images.save(image("img_1"), source("a cat"));
    await images.annotate("img_1", "", { tags: ["pets"] });
    assert.equal(await images.remove("img_1", ""), "img_1.png");
    assert.equal(await images.remove("img_1", ""), undefined);
    assert.equal(await images.find("img_1", "", 0), undefined);
    assert.deepEqual(await images.search({ query: "cat" }, "", { limit: 10 }), []);
    assert.deepEqual(await images.tags("", 10), []);
  });

  test("a job is found as it was saved, by its owner alone", async ({ records: { jobs } }) => {
    const saved = job("job_1", { owner: "ann", outcome: { imageIds: ["img_1"], warnings: ["w"] } });
    await jobs.save(saved, "server 1");
    assert.deepEqual(await jobs.find("job_1", "ann"), saved);
    assert.equal(await jobs.find("job_1", "bob"), undefined);
    assert.deepEqual(await jobs.list("bob", 10), []);
    const [listed] = await jobs.list("ann", 10);
    assert.deepEqual([listed?.id, listed?.prompt, listed?.state], ["job_1", "a cat", "running"]);
  });

  test("jobs are listed newest first, as many as asked for", async ({ records: { jobs } }) => {
    for (const [id, createdAt] of [["job_1", 1], ["job_3", 3], ["job_2", 2]] as const) {
      await jobs.save(job(id, { createdAt }), "server");
    }
    assert.deepEqual((await jobs.list("", 2)).map(({ id }) => id), ["job_3", "job_2"]);
  });

  test("a list shows no more of a prompt than its beginning", async ({ records }) => {
    const prompt = "x".repeat(10_000);
    await records.jobs.save(job("job_1", {}, prompt), "server");
    await records.images.save(image("img_1"), source(prompt));
    assert.equal((await records.jobs.list("", 1))[0]?.prompt.length, 200);
    assert.equal((await records.images.list("", { limit: 1 }))[0]?.prompt.length, 200);
  });

  test("unfinished jobs belong to one server at a time", async ({ records: { jobs } }) => {
    await jobs.save(job("job_1"), "dead");
    await jobs.save(job("job_2", { state: "finished" }), "dead");
    assert.deepEqual(await jobs.serversAtWork(), ["dead"]);
    assert.deepEqual((await jobs.unfinishedOf("dead")).map(({ id }) => id), ["job_1"]);
    const left = job("job_1");
    const claims = await Promise.all(["one", "two"].map((to) => jobs.claim(left, "dead", to)));
    assert.deepEqual(claims.filter(Boolean), [true]);
    assert.deepEqual(await jobs.unfinishedOf("dead"), []);
    assert.equal(await jobs.save(job("job_1", { state: "failed" }), "dead"), false, "it is taken");
    assert.equal((await jobs.find("job_1", ""))?.state, "running");
    const ended = job("job_2", { state: "finished" });
    assert.equal(await jobs.claim(ended, "dead", "one"), false, "it is over");
  });

  test("a job whose server goes on with it after all stays its own", async ({ records: { jobs } }) => {
    const call = { provider: "flux", state: "waiting", imageIds: ["img_1"] } as const;
    await jobs.save(job("job_1", { calls: [call] }), "frozen");
    const [read] = await jobs.unfinishedOf("frozen");
    await jobs.save(job("job_1", { calls: [{ ...call, state: "sent" }] }), "frozen");
    assert.equal(await jobs.claim(read!, "frozen", "successor"), false);
    const [sent] = await jobs.unfinishedOf("frozen");
    assert.equal(sent!.calls[0]!.state, "sent");
    assert.equal(
      await jobs.claim(sent!, "frozen", "successor"),
      true,
      "it says now what was asked",
    );
  });

  test("a cancel is asked of the server that runs the job", async ({ records: { jobs } }) => {
    await jobs.save(job("job_1"), "one");
    await jobs.save(job("job_2"), "one");
    await jobs.requestCancel("job_1");
    assert.deepEqual(await jobs.cancelRequests("one"), ["job_1"]);
    assert.deepEqual(await jobs.cancelRequests("two"), []);
    await jobs.save(job("job_1", { state: "cancelled" }), "one");
    assert.deepEqual(await jobs.cancelRequests("one"), []);
  });

  test("jobs that nothing has happened to are forgotten", async ({ records: { jobs }, clock }) => {
    await jobs.save(job("job_old"), "server");
    clock.now += 1_000;
    await jobs.save(job("job_new"), "server");
    await jobs.forgetBefore(clock.now);
    assert.deepEqual((await jobs.list("", 10)).map(({ id }) => id), ["job_new"]);
  });

  test("jobs are forgotten however many they are", async ({ records: { jobs }, clock }) => {
    for (let index = 0; index < 1_001; index++) await jobs.save(job(`job_${index}`), "server");
    clock.now++;
    await jobs.save(job("job_new"), "server");
    await jobs.forgetBefore(clock.now);
    assert.deepEqual((await jobs.list("", 10)).map(({ id }) => id), ["job_new"]);
  });

  test("a job's plan comes back whole, what its attempts say otherwise too", async (opened) => {
    const { records: { jobs } } = opened;
    const asked = job("job_1", {}, "a cat ".repeat(1_000));
    const { request, attempts: [first] } = asked.plan;
    const shorter = { ...first.request, prompt: "a cat", negativePrompt: "dogs" };
    const saved: JobRecord = {
      ...asked,
      plan: {
        request: { ...request, negativePrompt: "dogs" },
        attempts: [
          { ...first, request: { ...first.request, negativePrompt: "dogs" } },
          first,
          { provider: "other", request: shorter, warnings: ["The prompt was cut"] },
        ],
      },
    };
    await jobs.save(saved, "server");
    assert.deepEqual((await jobs.find("job_1", ""))?.plan, saved.plan);
  });

  test("inputs are kept for as long as they come in", async ({ records: { inputs } }) => {
    const input = (hash: string) => ({
      hash,
      role: "base" as const,
      mediaType: "image/png",
      width: 1,
      height: 1,
      sizeBytes: 70,
    });
    await inputs.note([input("a"), input("b")], 1_000);
    await inputs.note([input("b"), input("c")], 2_000);
    assert.deepEqual(await inputs.forgetBefore(2_000), ["a"]);
    assert.deepEqual((await inputs.forgetBefore(2_001)).toSorted(), ["b", "c"]);
  });

  test("an upload is its owner's, and its link's", async ({ records: { uploads } }) => {
    const asked = upload("upload_1", { owner: "ann" });
    assert.equal(await uploads.add({ ...asked, linkHash: "link" }, 9), true);
    assert.deepEqual(await uploads.find("upload_1", "ann"), asked);
    assert.equal(await uploads.find("upload_1", "bob"), undefined);
    assert.equal(await uploads.find("upload_2", "ann"), undefined);
    assert.deepEqual(await uploads.findLink("link"), asked);
    assert.equal(await uploads.findLink("upload_1"), undefined);
  });

  test("an upload takes one picture, and none when its link has expired", async ({ records }) => {
    const { uploads } = records;
    await uploads.add(upload("upload_1"), 9);
    await uploads.add(upload("upload_late"), 9);
    const answers = await Promise.all([
      uploads.receive("upload_1", uploaded("a")),
      uploads.receive("upload_1", uploaded("b")),
      uploads.receive("upload_late", { ...uploaded("c"), receivedAt: 2_000 }),
    ]);
    assert.deepEqual(answers, [true, false, false]);
    const expected = { ...upload("upload_1"), picture: uploaded("a") };
    assert.deepEqual(await uploads.find("upload_1", ""), expected);
    assert.deepEqual(await uploads.find("upload_late", ""), upload("upload_late"));
  });

  test("an owner has so many unused uploads at most", async ({ records: { uploads } }) => {
    const add = (id: string, changes: Partial<UploadRecord> = {}) =>
      uploads.add(upload(id, changes), 2);
    assert.equal(await add("upload_open"), true);
    assert.equal(await add("upload_come"), true);
    await uploads.receive("upload_come", uploaded("a"));
    assert.equal(await add("upload_3"), false, "both are unused");
    assert.equal(await uploads.find("upload_3", ""), undefined);
    assert.equal(await add("upload_4", { owner: "ann" }), true, "others have their own");
    assert.equal(await add("upload_5", { createdAt: 2_000, expiresAt: 3_000 }), true, "expired");
    await uploads.noteUse("upload_come", "", 2_000);
    assert.equal(await add("upload_6", { createdAt: 2_000, expiresAt: 3_000 }), true, "used");
    assert.equal(await add("upload_7", { createdAt: 2_000, expiresAt: 3_000 }), false);
  });

  test("old uploads are forgotten, with pictures that nobody needs", async ({ records }) => {
    const { uploads, inputs } = records;
    const come = async (id: string, hash: string, createdAt: number) => {
      await uploads.add(upload(id, { createdAt }), 99);
      await inputs.note([{ ...uploaded(hash), role: "base" }], 1_500);
      assert.ok(await uploads.receive(id, uploaded(hash)));
    };
    await uploads.add(upload("upload_empty"), 99);
    await come("upload_old", "a", 1_000);
    await come("upload_new", "b", 1_400);
    await come("upload_twice", "b", 1_000);
    await come("upload_edited", "c", 1_000);
    await inputs.note([{ ...uploaded("c"), role: "base" }], 1_600);
    await come("upload_used", "d", 1_000);
    await uploads.noteUse("upload_used", "bob", 1);
    await uploads.noteUse("upload_used", "", 1_700);
    assert.deepEqual(await uploads.forgetBefore({ unused: 1_200, used: 1_700 }), ["a"]);
    const known = async () => {
      const ids = ["empty", "old", "new", "twice", "edited", "used"].map((id) => `upload_${id}`);
      const found = await Promise.all(ids.map((id) => uploads.find(id, "")));
      return found.flatMap((each) => each?.id ?? []);
    };
    assert.deepEqual(await known(), ["upload_new", "upload_used"]);
    assert.deepEqual(await uploads.forgetBefore({ unused: 1_200, used: 1_701 }), []);
    assert.deepEqual(await known(), ["upload_new"]);
    assert.deepEqual((await inputs.forgetBefore(9_000)).toSorted(), ["b", "c", "d"]);
  });

  test("the jobs of a batch are found, and are in no list", async ({ records: { jobs } }) => {
    const one = job("job_1", { batch: "batch_1" });
    await jobs.save(one, "server-1");
    await jobs.save(job("job_2"), "server-1");
    assert.deepEqual(await jobs.find("job_1", ""), one);
    assert.deepEqual((await jobs.list("", 10)).map(({ id }) => id), ["job_2"]);
    assert.equal((await jobs.unfinishedOf("server-1")).length, 2);
  });

  testBatchRecords(test);
}

function image(
  id: string,
  changes: Partial<ImageRecord> = {},
): ImageRecord & { readonly fileName: string } {
  return {
    id,
    owner: "",
    provider: "vendor",
    model: "model-1",
    mediaType: "image/png",
    sizeBytes: 1_000,
    width: 64,
    height: 64,
    seed: null,
    revisedPrompt: null,
    saveError: null,
    ...changes,
    fileName: changes.fileName ?? `${id}.png`,
  };
}

function source(prompt = "a cat"): ImageSource {
  return {
    operation: "generate",
    prompt,
    parents: ["img_0"],
    parameters: { size: "64x64" },
    usage: { tokens: 3 },
    cost: { amount: 0.04, unit: "USD" },
  };
}

function job(id: string, changes: Partial<JobRecord> = {}, prompt = "a cat"): JobRecord {
  const request = { operation: "generate" as const, prompt, inputs: [], count: 1, options: {} };
  return {
    id,
    owner: "",
    plan: {
      request: { ...request, providerNames: [], filePrefix: "cat" },
      attempts: [{ provider: "vendor", request, warnings: [] }],
    },
    createdAt: 1_000,
    state: "running",
    provider: "vendor",
    message: "Asking vendor",
    calls: [{ provider: "vendor", imageIds: ["img_1"], state: "sent" }],
    outcome: undefined,
    ...changes,
  };
}

function upload(id: string, changes: Partial<UploadRecord> = {}): UploadRecord {
  return { id, owner: "", createdAt: 1_000, expiresAt: 2_000, ...changes };
}

function uploaded(hash: string): UploadedPicture {
  return {
    hash,
    mediaType: "image/png",
    width: 4,
    height: 3,
    sizeBytes: 70,
    changes: ["The picture is animated, and its first picture was used"],
    receivedAt: 1_500,
    told: { sourceType: "trainedAlgorithmicMedia", hasManifest: false, leftOut: [] },
  };
}
