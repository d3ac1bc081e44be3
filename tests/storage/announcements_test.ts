import { ProcessAnnouncements } from "../../src/storage/announcements.ts";
import { testAnnouncements } from "./contracts/announcements.ts";

testAnnouncements("one process", () =>
  Promise.resolve({
    servers: [new ProcessAnnouncements()],
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }));
