/** The smallest set of permissions per use: what the manual's table says and a test starts the server with. */

export interface PermissionSet {
  /** As the manual names it. */
  readonly title: string;
  readonly variables: string;
  /** The vendor's hosts. */
  readonly hosts: readonly string[];
}

export const PERMISSION_SETS = {
  placeholder: { title: "stdio, placeholder only", variables: "MCP_*", hosts: [] },
  openai: { title: "stdio, OpenAI", variables: "MCP_*,OPENAI_*", hosts: ["api.openai.com"] },
  compatible: {
    title: "stdio, a server in `OPENAI_COMPATIBLE`",
    variables: "MCP_*,OPENAI_*",
    hosts: ["gateway.example.com"],
  },
  doubao: { title: "stdio, Doubao", variables: "MCP_*,DOUBAO_*", hosts: ["*.volces.com"] },
  hunyuan: {
    title: "stdio, Hunyuan",
    variables: "MCP_*,TENCENT_*,HUNYUAN_*",
    hosts: ["aiart.tencentcloudapi.com", "*.myqcloud.com"],
  },
  flux: { title: "stdio, FLUX", variables: "MCP_*,BFL_*", hosts: ["*.bfl.ai"] },
  stability: {
    title: "stdio, Stability AI",
    variables: "MCP_*,STABILITY_*",
    hosts: ["api.stability.ai"],
  },
  gemini: {
    title: "stdio, Gemini",
    variables: "MCP_*,GEMINI_*",
    hosts: ["generativelanguage.googleapis.com"],
  },
  qwen: {
    title: "stdio, Qwen and Wan",
    variables: "MCP_*,DASHSCOPE_*,QWEN_*",
    hosts: ["*.aliyuncs.com"],
  },
  fal: {
    title: "stdio, fal",
    variables: "MCP_*,FAL_*",
    hosts: ["*.fal.run", "fal.ai", "*.fal.ai", "*.fal.media"],
  },
  replicate: {
    title: "stdio, Replicate",
    variables: "MCP_*,REPLICATE_*",
    hosts: ["api.replicate.com", "replicate.delivery", "*.replicate.delivery"],
  },
  sdwebui: {
    title: "stdio, Stable Diffusion web UI",
    variables: "MCP_*,SDWEBUI_*",
    hosts: ["127.0.0.1:7860"],
  },
  comfyui: {
    title: "stdio, ComfyUI",
    variables: "MCP_*,COMFYUI_*",
    hosts: ["127.0.0.1:8188"],
  },
} as const satisfies Readonly<Record<string, PermissionSet>>;

/** What a server over HTTP needs in `--allow-net` beside a set's hosts. */
export const LISTENING_AT = "127.0.0.1:8000";

/** The flags of `deno run` for a use of `folder`. */
export function permissionFlags(
  { variables, folder, hosts }: {
    readonly variables: string;
    readonly folder: string;
    /** Comma-separated. */
    readonly hosts?: string;
  },
): readonly string[] {
  return [
    `--allow-env=${variables}`,
    `--allow-read=${folder}`,
    `--allow-write=${folder}`,
    ...(hosts ? [`--allow-net=${hosts}`] : []),
  ];
}
