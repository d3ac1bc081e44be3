/** What a process of Deno holds, told by its inspector. */

/** The flags with which a process can be asked. */
export function inspectedAt(port: number): readonly string[] {
  return [`--inspect=127.0.0.1:${port}`];
}

/** Bytes of the main thread's heap that are still in use after everything else has been collected. */
export async function heldBytes(port: number): Promise<number> {
  const targets = await (await fetch(`http://127.0.0.1:${port}/json`)).json();
  const socket = new WebSocket(targets[0].webSocketDebuggerUrl);
  try {
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = () => reject(new Error(`The inspector at ${port} cannot be reached`));
    });
    // Twice: what a finalizer lets go of is collected by the second.
    for (let time = 0; time < 2; time++) await ask(socket, "HeapProfiler.collectGarbage");
    return (await ask(socket, "Runtime.getHeapUsage")).usedSize;
  } finally {
    socket.close();
  }
}

let lastId = 0;

function ask(socket: WebSocket, method: string): Promise<{ readonly usedSize: number }> {
  const id = ++lastId;
  return new Promise((resolve) => {
    const onMessage = ({ data }: MessageEvent) => {
      const answer = JSON.parse(data);
      if (answer.id !== id) return;
      socket.removeEventListener("message", onMessage);
      resolve(answer.result);
    };
    socket.addEventListener("message", onMessage);
    socket.send(JSON.stringify({ id, method }));
  });
}
