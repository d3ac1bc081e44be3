/** The regions of Model Studio, each with keys and models of its own. */

/** The hosts that all workspaces share (vendor's "Base URL overview" of 2026-10-11). */
export const HOSTS = {
  china: "https://dashscope.aliyuncs.com",
  international: "https://dashscope-intl.aliyuncs.com",
  us: "https://dashscope-us.aliyuncs.com",
  hongkong: "https://cn-hongkong.dashscope.aliyuncs.com",
} as const;
