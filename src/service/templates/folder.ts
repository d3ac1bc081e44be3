/** The files of a folder that may be templates. */

export interface TemplateFile {
  readonly name: string;
  readonly path: string;
  /** Another one after each change. */
  readonly version: string;
  /** Why it is not even read. */
  readonly problem?: string;
}

/** The Markdown files of a folder by name, at most 200; none where there is no such folder. */
export async function readFolder(folder: string): Promise<readonly TemplateFile[]> {
  const names: string[] = [];
  try {
    for await (const { name } of Deno.readDir(folder)) {
      if (/^[^._].*\.md$/i.test(name)) names.push(name);
    }
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
  const files = await Promise.all(names.sort().slice(0, MOST_FILES).map(look));
  return files.filter((file) => file !== undefined);

  async function look(name: string): Promise<TemplateFile | undefined> {
    const path = `${folder}${SEPARATOR}${name}`;
    const info = await Deno.stat(path).catch(() => undefined);
    if (!info?.isFile) return undefined;
    const { size, mtime } = info;
    const file = { name, path, version: `${size} ${mtime?.getTime()}` };
    if (size <= MOST_BYTES) return file;
    return { ...file, problem: `it has ${size} bytes, and a template at most ${MOST_BYTES}` };
  }
}

/** A folder that this process may not see is none. */
function isAbsent(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotCapable ||
    error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotADirectory;
}

/** By hand, since `node:path` would load Node's half of Deno before the first answers. */
const SEPARATOR = Deno.build.os === "windows" ? "\\" : "/";
const MOST_FILES = 200;
const MOST_BYTES = 65_536;
