import assert from "node:assert/strict";
import { isNewest } from "../../src/requests/newest.ts";

const NEWEST = [
  ...["last", "Last ", "image://last", "the newest picture", "latest", "most recent image"],
  ...[
    "last_image",
    "the last one",
    "刚才那张",
    "最新的",
    "最後の画像",
    "마지막 이미지",
    "la última imagen",
  ],
  ...["das letzte bild", "la dernière image"],
];
for (const text of NEWEST) {
  Deno.test(`'${text}' means the newest`, () => assert.ok(isNewest(text)));
}

for (const text of ["img_last", "first", "previous", "/tmp/last", "", "the picture", "last week"]) {
  Deno.test(`'${text}' does not mean the newest`, () => assert.equal(isNewest(text), false));
}
