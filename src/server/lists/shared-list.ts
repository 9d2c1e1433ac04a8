import type { ListBlock } from "./list-block.ts";
import { ListBuild, type BuildSink } from "./list-build.ts";
import type { ListCache } from "./list-cache.ts";

/** A list that can be read as blocks. */
export interface ListSource<Block> {
  /** The state right now, never one from before a change that was committed before the call. */
  currentTag(): Promise<string>;
  /** Reads one snapshot to its end. `base`: the last complete list, whose blocks may be used again. */
  build(base: CompleteList<Block> | undefined, sink: BuildSink<Block>): Promise<void>;
}

export interface CompleteList<Block> {
  tag: string;
  blocks: readonly Block[];
}

/** One state of the list for one reader. */
export interface ListReading<Block> {
  tag: string;
  /** Throws when the snapshot breaks off: what was read until then is no list. */
  blocks(): AsyncGenerator<Block, void>;
}

export interface SharedList<Block> {
  /**
   * The list as it is at the call or later. Everybody who asks for the same state shares one snapshot, also while it is
   * still being read; resolves as soon as its first block is there. Rejects with what kept it from beginning.
   */
  open(): Promise<ListReading<Block>>;
}

export function createSharedList<Block extends ListBlock>(
  source: ListSource<Block>,
  cache: ListCache,
): SharedList<Block> {
  const owner = {};
  let kept: ListBuild<Block> | undefined;
  let running: { build: ListBuild<Block>; began: number } | undefined;
  // Counts what happens here, so that it can be said which of two things came first.
  let moment = 0;

  function start(): { build: ListBuild<Block>; began: number } {
    const build = new ListBuild<Block>();
    running = { build, began: ++moment };
    void build
      .run((sink) => source.build(kept, sink))
      .then(() => {
        running = undefined;
        if (build.isComplete) keep(build);
      });
    return running;
  }

  function keep(build: ListBuild<Block>): void {
    kept = build;
    const bytes = build.blocks.reduce((sum, block) => sum + block.packed.byteLength, 0);
    cache.use(owner, bytes, () => (kept = undefined));
  }

  const readingOf = (build: ListBuild<Block>): ListReading<Block> => ({
    tag: build.tag,
    blocks: () => build.read(),
  });

  return {
    async open() {
      const arrival = ++moment;
      for (;;) {
        const wanted = await source.currentTag();
        if (kept?.tag === wanted) {
          keep(kept);
          return readingOf(kept);
        }
        const { build, began } = running ?? start();
        await build.begun();
        // What began after this caller came shows everything that was committed before.
        if (began > arrival || build.tag === wanted) return readingOf(build);
        await build.ended();
      }
    },
  };
}
