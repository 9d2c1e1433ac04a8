import { combineCrc32 } from "./crc32-combine.ts";
import { storedBlock, unpackBlock, type ListBlock } from "./list-block.ts";

/** The text of a list answer: `opening`, then rows that commas join, then `closing`. */
export interface ListText {
  opening: string;
  closing: string;
  /** In place of the comma between blocks, for rows that are lines. */
  separator?: "";
  /** Each holds one row or more, joined by commas, with none around them. Throws when the snapshot breaks off. */
  blocks(): AsyncGenerator<ListBlock, void>;
}

/** Method deflate, no time, unknown system. */
const GZIP_HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
/** An empty block with fixed codes, marked as the last one of the stream. */
const LAST_BLOCK = Buffer.from([3, 0]);
const COMMA = storedBlock(",");

/** The text as one gzip member, a chunk for each block. */
export async function* gzipChunks(text: ListText): AsyncGenerator<Uint8Array, void> {
  let [crc, length] = [0, 0];
  const take = (block: ListBlock): Uint8Array => {
    crc = combineCrc32(crc, block.crc, block.length);
    length += block.length;
    return block.packed;
  };
  let chunk = [GZIP_HEADER, take(storedBlock(text.opening))];
  let isFirst = true;
  for await (const block of text.blocks()) {
    if (!isFirst && text.separator === undefined) chunk.push(take(COMMA));
    isFirst = false;
    chunk.push(take(block));
    yield Buffer.concat(chunk);
    chunk = [];
  }
  chunk.push(take(storedBlock(text.closing)), LAST_BLOCK);
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc, 0);
  trailer.writeUInt32LE(length % 2 ** 32, 4);
  yield Buffer.concat([...chunk, trailer]);
}

/** The text as it is, for callers that do not take gzip: each block is unpacked when its turn has come. */
export async function* plainChunks(text: ListText): AsyncGenerator<Uint8Array, void> {
  yield Buffer.from(text.opening);
  let isFirst = true;
  for await (const block of text.blocks()) {
    if (!isFirst && text.separator === undefined) yield Buffer.from(",");
    isFirst = false;
    yield await unpackBlock(block);
  }
  yield Buffer.from(text.closing);
}

/**
 * A body that makes each chunk when the receiver has room for it, and lets go of everything when the receiver leaves.
 * `onFailure` gets what the chunks threw; it answers whether it cut the connection itself, so that nobody reads on.
 */
export function bodyOf(
  chunks: AsyncGenerator<Uint8Array, void>,
  onFailure: (error: unknown) => boolean,
): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await chunks.next();
          if (done === true) controller.close();
          else controller.enqueue(value);
        } catch (error) {
          if (!onFailure(error)) controller.error(error);
        }
      },
      async cancel() {
        await chunks.return();
      },
    },
    { highWaterMark: 0 },
  );
}
