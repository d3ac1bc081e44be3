/** WebAssembly codecs as Emscripten makes them, started at first use. */

/** The compiled codecs, which the thread that starts the worker hands over. */
export interface CodecModules {
  readonly jpeg: WebAssembly.Module;
  readonly webpDecoder: WebAssembly.Module;
  readonly webpEncoder: WebAssembly.Module;
}

type Factory = (options: Readonly<Record<string, unknown>>) => unknown;

/**
 * A codec that is instantiated when it is first asked for, and again after it was let go of: the
 * memory of an instance never shrinks.
 */
export class Codec<Instance> {
  readonly #factory: Factory;
  readonly #module: () => WebAssembly.Module;
  #instance: Promise<Instance> | undefined;
  #memory: WebAssembly.Memory | undefined;

  constructor(factory: unknown, module: () => WebAssembly.Module) {
    this.#factory = factory as Factory;
    this.#module = module;
  }

  instance(): Promise<Instance> {
    return this.#instance ??= this.#start();
  }

  /** Forgets the instance where it has failed, or has grown beyond what is usual. */
  tidy(hasFailed = false): void {
    const size = this.#memory?.buffer.byteLength ?? 0;
    if (!hasFailed && size <= USUAL_MEMORY) return;
    this.#instance = undefined;
    this.#memory = undefined;
  }

  #start(): Promise<Instance> {
    const options = {
      noInitialRun: true,
      locateFile: (path: string) => path, // or it looks beside a module that is nowhere
      print: () => {},
      printErr: () => {},
      instantiateWasm: (
        imports: WebAssembly.Imports,
        receive: (instance: WebAssembly.Instance) => void,
      ) => {
        const instance = new WebAssembly.Instance(this.#module(), imports);
        this.#memory = Object.values(instance.exports)
          .find((value) => value instanceof WebAssembly.Memory);
        receive(instance);
        return instance.exports;
      },
    };
    return withoutNode(() =>
      Promise.resolve(this.#factory(options) as Instance | Promise<Instance>)
    );
  }
}

/** Emscripten would take Deno for Node.js and look for files; it looks while it is being called. */
function withoutNode<T>(run: () => T): T {
  const scope = globalThis as { process?: unknown };
  const { process } = scope;
  scope.process = undefined;
  try {
    return run();
  } finally {
    scope.process = process;
  }
}

/** In bytes. */
const USUAL_MEMORY = 64 * 1024 * 1024;
