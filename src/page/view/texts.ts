/** What the view says, in the languages there are. */

import { languageOf } from "./theme.ts";

const EN = {
  view: "Pictures",
  connecting: "Waiting for the conversation…",
  silent:
    "The app that shows this view does not answer. The pictures are named in the conversation.",
  working: "Working…",
  cancelled: "Cancelled",
  failed: "That did not work",
  nothing: "No pictures",
  enlarge: "Enlarge",
  close: "Close",
  fullscreen: "Full screen",
  inline: "Back to the conversation",
  previous: "Previous",
  next: "Next",
  choose: "Choose",
  chosen: "Chosen",
  variation: "Variation",
  edit: "Edit",
  copyLink: "Copy link",
  copyPath: "Copy path",
  copyId: "Copy id",
  copied: "Copied",
  copyByHand: "Copy it from here",
  open: "Open link",
  save: "Download",
  stop: "Stop",
  more: "More",
  loading: "Loading…",
  editPrompt: "What should change?",
  regionHelp: "Draw over what may change, or change all of it.",
  addRegion: "Mark a part",
  region: "Part",
  regionKeys: "Arrow keys move it, with Shift they change its size, Delete takes it away",
  startOver: "Start over",
  send: "Edit",
  sent: "Sent to the conversation",
};

const ZH: typeof EN = {
  view: "图片",
  connecting: "正在等待对话…",
  silent: "显示此视图的应用没有回应。图片信息请见对话。",
  working: "正在处理…",
  cancelled: "已取消",
  failed: "操作未成功",
  nothing: "没有图片",
  enlarge: "放大",
  close: "关闭",
  fullscreen: "全屏",
  inline: "返回对话",
  previous: "上一张",
  next: "下一张",
  choose: "选用",
  chosen: "已选用",
  variation: "变体",
  edit: "编辑",
  copyLink: "复制链接",
  copyPath: "复制路径",
  copyId: "复制编号",
  copied: "已复制",
  copyByHand: "请在此复制",
  open: "打开链接",
  save: "下载",
  stop: "停止",
  more: "更多",
  loading: "正在加载…",
  editPrompt: "要改成什么？",
  regionHelp: "框出可以改变的部分，不框则整张都可能改变。",
  addRegion: "标记一部分",
  region: "部分",
  regionKeys: "方向键移动，按住 Shift 改变大小，Delete 删除",
  startOver: "重新开始",
  send: "编辑",
  sent: "已发送到对话",
};

export type Texts = typeof EN;

/** Those of a language such as "en-GB". */
export function textsFor(locale: string): Texts {
  return languageOf(locale) === "zh" ? ZH : EN;
}
