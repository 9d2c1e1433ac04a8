/** What a build is told while it reads its snapshot. */
export interface BuildSink<Block> {
  /** Which state the snapshot shows. Called once, before the first block. */
  begin(tag: string): void;
  push(block: Block): void;
}

/** One snapshot of a list, for any number of readers while it is still being read and afterwards. */
export class ListBuild<Block> {
  /** Those that are there so far; all of them once `isComplete`. */
  readonly blocks: Block[] = [];
  #tag = "";
  #state: "running" | "complete" | { failure: unknown } = "running";
  #wake: () => void = () => undefined;
  #news = this.#nextNews();

  get tag(): string {
    return this.#tag;
  }

  get isComplete(): boolean {
    return this.#state === "complete";
  }

  /** Never rejects: a failure reaches whoever reads. */
  async run(read: (sink: BuildSink<Block>) => Promise<void>): Promise<void> {
    try {
      await read({
        begin: (tag) => (this.#tag = tag),
        push: (block) => {
          this.blocks.push(block);
          this.#tell();
        },
      });
      this.#state = "complete";
    } catch (failure) {
      this.#state = { failure };
    }
    this.#tell();
  }

  /** Until the tag is known and the first block is there. Rejects with what prevented that. */
  async begun(): Promise<void> {
    while (this.blocks.length === 0 && this.#state === "running") await this.#news;
    if (this.blocks.length === 0) this.#throwFailure();
  }

  /** Until it is complete or has failed. */
  async ended(): Promise<void> {
    while (this.#state === "running") await this.#news;
  }

  async *read(): AsyncGenerator<Block, void> {
    for (let next = 0; ; next++) {
      while (next === this.blocks.length && this.#state === "running") await this.#news;
      const block = this.blocks[next];
      if (block === undefined) break;
      yield block;
    }
    this.#throwFailure();
  }

  #throwFailure(): void {
    if (typeof this.#state === "object") throw this.#state.failure;
  }

  #tell(): void {
    const wake = this.#wake;
    this.#news = this.#nextNews();
    wake();
  }

  #nextNews(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve));
  }
}
