/** The templates that come along: Markdown as people write theirs, loaded when somebody asks. */

type Load = () => Promise<{ readonly default: string }>;

/** By name, in the order in which they are listed. */
export const BUILT_IN: Readonly<Record<string, Load>> = {
  product_photo: () => import("./product_photo.md", { with: { type: "text" } }),
  logo: () => import("./logo.md", { with: { type: "text" } }),
  icon_set: () => import("./icon_set.md", { with: { type: "text" } }),
  storyboard: () => import("./storyboard.md", { with: { type: "text" } }),
  character_sheet: () => import("./character_sheet.md", { with: { type: "text" } }),
  poster: () => import("./poster.md", { with: { type: "text" } }),
  poster_zh: () => import("./poster_zh.md", { with: { type: "text" } }),
  ui_mockup: () => import("./ui_mockup.md", { with: { type: "text" } }),
  infographic: () => import("./infographic.md", { with: { type: "text" } }),
  texture: () => import("./texture.md", { with: { type: "text" } }),
  avatar: () => import("./avatar.md", { with: { type: "text" } }),
};
