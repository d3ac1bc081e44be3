/** How people and models say that they mean the newest picture or job, whatever its id. */

/** Whether `text` says so: "last", "the newest picture", 刚才那张. */
export function isNewest(text: string): boolean {
  if (text.length > LONGEST) return false;
  const plain = text.trim().toLowerCase().replace(/^image:\/\//, "").replace(/[\s_-]+/g, " ");
  return WORDS.has(plain.replace(ARTICLE, "").replace(NOUN, ""));
}

/** In characters. */
const LONGEST = 60;
const ARTICLE = /^(?:the|my|la|le|el|das|die|der) /;
const NOUN = / (?:image|picture|photo|drawing|one|job|batch|imagen|bild|image)$/;

const WORDS: ReadonlySet<string> = new Set([
  ...["last", "latest", "newest", "most recent", "last made", "last generated"],
  ...["最新", "最新的", "最新一张", "最新的图", "最后一张", "最近一张", "刚才那张", "刚刚那张"],
  ...["刚才的图", "刚才那张图", "刚画的", "最新の画像", "最後の画像", "さっきの画像", "直前の画像"],
  ...["마지막", "마지막 그림", "마지막 이미지", "최신", "최근 이미지", "방금 그림"],
  ...["última", "ultima", "letztes", "letzte", "neuestes", "neueste", "dernière", "derniere"],
]);
