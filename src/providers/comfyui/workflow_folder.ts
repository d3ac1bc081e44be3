/** The workflows in a folder, each a file of JSON; read when somebody wants one, and again when it has changed. */

import { messageOf } from "../../errors.ts";
import { readGraph } from "./graph.ts";
import { readWorkflow, type Workflow } from "./workflow.ts";

export interface WorkflowFolder {
  /** Those that can be used, in the order of their names. */
  list(): readonly Workflow[];
  /** The one of that name in any letter case, the sentence that says why it cannot be used, or neither. */
  find(name: string): Workflow | string | undefined;
  /** Why the folder cannot be read, as a sentence. */
  readonly trouble: string | undefined;
}

export function openWorkflowFolder(path: string | undefined): WorkflowFolder {
  const known = new Map<string, Known>();

  const read = (file: string): Workflow | string => {
    const place = `${path}/${file}`;
    try {
      const { mtime, size } = Deno.statSync(place);
      const version = `${mtime?.getTime()} ${size}`;
      const before = known.get(file);
      if (before?.version === version) return before.workflow;
      const workflow = size > LONGEST
        ? `it has ${size} bytes, more than ${LONGEST}`
        : workflowOf(file, Deno.readTextFileSync(place));
      known.set(file, { version, workflow });
      return workflow;
    } catch (error) {
      return messageOf(error);
    }
  };

  return {
    list: () => filesIn(path).map(read).filter((each) => typeof each !== "string"),
    find(name) {
      const wanted = name.toLowerCase();
      const file = filesIn(path).find((each) =>
        [each, nameOf(each)].some((own) => own.toLowerCase() === wanted)
      );
      return file === undefined ? undefined : read(file);
    },
    get trouble() {
      if (path === undefined) return undefined;
      try {
        for (const _ of Deno.readDirSync(path)) break;
      } catch (error) {
        return messageOf(error);
      }
    },
  };
}

interface Known {
  readonly version: string;
  readonly workflow: Workflow | string;
}

function workflowOf(file: string, text: string): Workflow | string {
  const graph = readGraph(text);
  return typeof graph === "string" ? graph : readWorkflow(nameOf(file), graph);
}

function filesIn(path: string | undefined): readonly string[] {
  if (path === undefined) return [];
  try {
    const files: string[] = [];
    for (const { name, isDirectory } of Deno.readDirSync(path)) {
      if (!isDirectory && /\.json$/i.test(name) && !name.startsWith(".")) files.push(name);
    }
    return files.sort().slice(0, MOST);
  } catch {
    return []; // `trouble` says why
  }
}

function nameOf(file: string): string {
  return file.replace(/\.json$/i, "");
}

/** In bytes. */
const LONGEST = 2_000_000;
/** Files of one folder. */
const MOST = 200;
