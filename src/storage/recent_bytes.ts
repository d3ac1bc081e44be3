/** Pictures just drawn, for as long as memory holds them anyway: their first answer needs no look at the disk. */
export class RecentBytes {
  readonly #pictures = new Map<string, WeakRef<Uint8Array<ArrayBuffer>>>();
  readonly #registry = new FinalizationRegistry<string>((id) => this.#pictures.delete(id));

  add(id: string, bytes: Uint8Array<ArrayBuffer>): void {
    this.#pictures.set(id, new WeakRef(bytes));
    this.#registry.register(bytes, id);
  }

  get(id: string): Uint8Array<ArrayBuffer> | undefined {
    return this.#pictures.get(id)?.deref();
  }

  remove(id: string): void {
    this.#pictures.delete(id);
  }
}
