/** What people read where they upload a picture, in the languages there are. */

export const LANGUAGES = ["en", "zh"] as const;
export type Language = typeof LANGUAGES[number];

/** Why there is no picture, each with its HTTP status. */
export const PROBLEMS = {
  unknown: 404,
  used: 410,
  expired: 410,
  none: 400,
  picture: 422,
  large: 413,
  slow: 408,
  full: 409,
  busy: 503,
  guesses: 429,
} as const;
export type Problem = keyof typeof PROBLEMS;

export interface Texts {
  readonly title: string;
  readonly introduction: (minutes: number) => string;
  readonly drop: string;
  readonly choose: string;
  readonly camera: string;
  readonly paste: string;
  readonly preview: string;
  readonly send: string;
  readonly other: string;
  readonly ready: string;
  readonly sending: string;
  readonly received: string;
  readonly goOn: string;
  readonly nothing: string;
  readonly network: string;
  readonly fault: string;
  readonly problems: Readonly<Record<Problem, string>>;
}

export const TEXTS: Readonly<Record<Language, Texts>> = {
  en: {
    title: "Upload a picture",
    introduction: (minutes) =>
      "It goes to the assistant that gave you this link. Where and by what it was taken is left out. " +
      `PNG, JPEG, WebP or GIF, at most 25 MB. The link works once, for another ${minutes} min.`,
    drop: "Drop a picture here, paste one, or",
    choose: "Choose a picture",
    camera: "Take a photo",
    paste: "Paste",
    preview: "The picture you chose",
    send: "Send this picture",
    other: "Choose another",
    ready: "Is this the right picture?",
    sending: "Sending…",
    received: "The picture has arrived.",
    goOn: "You can close this page and go on in the conversation.",
    nothing: "There is no picture in that.",
    network: "The connection broke. Try again.",
    fault: "That did not work. Try again, or ask the assistant for another link.",
    problems: {
      unknown: "This link is not known here. Ask the assistant for a new one.",
      used: "This link has been used, and its picture has arrived. For another picture, ask the " +
        "assistant for another link.",
      expired: "This link has expired. Ask the assistant for a new one.",
      none: "There was no picture in what was sent.",
      picture: "This picture cannot be used.",
      large: "The picture is larger than 25 MB. Make it smaller first.",
      slow: "The picture did not arrive in time. Try again with a better connection.",
      full: "Too many pictures are waiting to be used. Tell the assistant.",
      busy: "Many pictures are arriving just now. Try again in a moment.",
      guesses: "Too many unknown links were tried. Wait a minute.",
    },
  },
  zh: {
    title: "上传图片",
    introduction: (minutes) =>
      "图片会交给发给您此链接的助手，拍摄地点和相机信息会被去除。支持 PNG、JPEG、WebP 或 GIF，" +
      `最大 25 MB。链接只能使用一次，还有 ${minutes} 分钟有效。`,
    drop: "将图片拖到此处、粘贴，或",
    choose: "选择图片",
    camera: "拍照",
    paste: "粘贴",
    preview: "您选择的图片",
    send: "发送这张图片",
    other: "重新选择",
    ready: "是这张图片吗？",
    sending: "正在发送…",
    received: "图片已送达。",
    goOn: "您可以关闭此页面，回到对话继续。",
    nothing: "其中没有图片。",
    network: "连接中断，请重试。",
    fault: "未能成功。请重试，或向助手索取新链接。",
    problems: {
      unknown: "无法识别此链接，请向助手索取新链接。",
      used: "此链接已使用，图片已送达。如需上传另一张图片，请向助手索取新链接。",
      expired: "此链接已过期，请向助手索取新链接。",
      none: "发送的内容中没有图片。",
      picture: "无法使用这张图片，请另存为 JPEG 或 PNG 后重试。",
      large: "图片超过 25 MB，请先缩小。",
      slow: "图片未能及时送达，请在网络较好时重试。",
      full: "等待使用的图片过多，请告知助手。",
      busy: "正在接收的图片较多，请稍后重试。",
      guesses: "尝试了过多未知链接，请等一分钟。",
    },
  },
};

/** The language that was chosen (`?lang=`), else the first of ours that the browser names. */
export function languageOf(request: Request, url: URL): Language {
  const chosen = url.searchParams.get("lang");
  const named = (request.headers.get("accept-language") ?? "").split(",")
    .map((part) => part.trim().slice(0, 2).toLowerCase());
  const known = (word: string | null) => LANGUAGES.find((each) => each === word);
  return known(chosen) ?? named.map(known).find((each) => each !== undefined) ?? "en";
}
