/** What people read where they let a client in, in the languages there are. */

import type { GrantedScope } from "../../authorization/authorization_request.ts";
import type { Language } from "../uploads/texts.ts";

/** Why there is no answer for the client, each with its HTTP status. */
export const PROBLEMS = {
  client: 400,
  request: 400,
  wrong: 403,
  scope: 403,
  attempts: 429,
  busy: 503,
} as const;
export type Problem = keyof typeof PROBLEMS;

export interface Texts {
  readonly title: string;
  readonly asks: string;
  /** Who the client says it is. */
  readonly client: string;
  readonly documentAt: string;
  readonly unchecked: string;
  readonly goesTo: string;
  readonly thisComputer: string;
  readonly onlyHere: string;
  readonly may: string;
  readonly scopes: Readonly<Record<GrantedScope, string>>;
  readonly name: string;
  readonly password: string;
  readonly allow: string;
  readonly deny: string;
  readonly enter: string;
  readonly enterWhere: string;
  readonly withToken: string;
  readonly goOn: string;
  readonly goOnTo: string;
  readonly back: string;
  readonly problems: Readonly<Record<Problem, string>>;
}

export const TEXTS: Readonly<Record<Language, Texts>> = {
  en: {
    title: "Let a program in",
    asks: "asks to use this image server in your name.",
    client: "It calls itself",
    documentAt: "It is described at",
    unchecked: "It registered by itself: nobody has checked that name.",
    goesTo: "Your answer goes to",
    thisComputer: "a program on this computer",
    onlyHere: "Any program on this computer could ask so. Go on only if you have just started to " +
      "connect one yourself.",
    may: "It could then",
    scopes: {
      "images:read": "see your pictures and jobs, and who draws here",
      "images:write":
        "draw, change and delete your pictures, which may cost the server's owner money",
      "images:admin": "reload the configuration of the server, where you may do so",
      "offline_access": "stay connected until you end it there",
    },
    name: "Your name",
    password: "Your password",
    allow: "Let it in",
    deny: "No",
    enter: "Sign in",
    enterWhere: "to see and draw your pictures here.",
    withToken: "With a token instead",
    goOn: "You can close this page when the program goes on.",
    goOnTo: "Go on to",
    back: "Tell the program",
    problems: {
      client: "The program that sent you here cannot be let in.",
      request: "The program that sent you here asks in a way that is not answered here.",
      wrong: "The name or the password is not right.",
      scope: "You may not give what the program asks for.",
      attempts: "Too many passwords were tried. Try again in a quarter of an hour.",
      busy: "Many people are signing in just now. Try again in a moment.",
    },
  },
  zh: {
    title: "允许程序访问",
    asks: "请求以您的名义使用此图片服务器。",
    client: "它自称",
    documentAt: "它的说明位于",
    unchecked: "它是自行注册的，名称未经核实。",
    goesTo: "您的答复将发送到",
    thisComputer: "本机上的程序",
    onlyHere: "本机上的任何程序都能这样请求。只有当您刚刚自己发起连接时才继续。",
    may: "允许后它可以",
    scopes: {
      "images:read": "查看您的图片和任务，以及由谁绘制",
      "images:write": "绘制、修改和删除您的图片，这可能让服务器所有者付费",
      "images:admin": "重新加载服务器配置（如果您有此权限）",
      "offline_access": "保持连接，直到您在那里断开",
    },
    name: "您的名称",
    password: "您的密码",
    allow: "允许",
    deny: "拒绝",
    enter: "登录",
    enterWhere: "以查看和绘制您的图片。",
    withToken: "改用令牌",
    goOn: "程序继续后，您可以关闭此页面。",
    goOnTo: "继续前往",
    back: "告知该程序",
    problems: {
      client: "无法允许将您带到此处的程序。",
      request: "将您带到此处的程序的请求方式在这里不受支持。",
      wrong: "名称或密码不正确。",
      scope: "您无权授予该程序所请求的权限。",
      attempts: "尝试了过多密码，请在一刻钟后重试。",
      busy: "正在登录的人较多，请稍后重试。",
    },
  },
};
