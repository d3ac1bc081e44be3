/** The terminal that a person sits before, as something that can be asked. */

export interface Screen {
  /** In cells. */
  readonly columns: number;
  readonly rows: number;
  /**
   * What the terminal says after `question`, up to where `isAnswered` or the end of the time. What
   * it says is not shown.
   */
  ask(
    question: string,
    isAnswered: (answer: string) => boolean,
    milliseconds: number,
  ): Promise<string>;
}

/** Undefined where somebody reads or writes in place of a person. */
export function openScreen(write: (text: string) => void): Screen | undefined {
  const ends = [Deno.stdin, Deno.stdout, Deno.stderr];
  if (!ends.every((end) => end.isTerminal()) || isInBackground()) return undefined;
  const { columns, rows } = Deno.consoleSize();
  return {
    columns,
    rows,
    async ask(question, isAnswered, milliseconds) {
      // Ctrl-C stays what it is, where the system can keep it.
      Deno.stdin.setRaw(true, { cbreak: Deno.build.os !== "windows" });
      let timer: ReturnType<typeof setTimeout> | undefined;
      const late = new Promise<null>((resolve) => {
        timer = setTimeout(resolve, milliseconds, null);
      });
      try {
        write(question);
        let answer = "";
        const piece = new Uint8Array(1024);
        while (!isAnswered(answer)) {
          const length = await Promise.race([Deno.stdin.read(piece), late]);
          if (length === null) break;
          answer += new TextDecoder().decode(piece.subarray(0, length));
        }
        return answer;
      } finally {
        clearTimeout(timer);
        Deno.stdin.setRaw(false);
      }
    },
  };
}

/**
 * Whether a shell runs this program beside what its terminal is about ("command &"): the system
 * would stop it for asking. Not known everywhere, or without leave to read it.
 */
function isInBackground(): boolean {
  if (Deno.build.os !== "linux") return false;
  try {
    // After the name in brackets: the state, the parent, the group, the session, the terminal and
    // the group that is before it.
    const [, about = ""] = /^.*\) (.*)/s.exec(Deno.readTextFileSync("/proc/self/stat")) ?? [];
    const [, , group, , , groupInFront] = about.split(" ");
    return group !== groupInFront;
  } catch {
    return false;
  }
}
