import { promisify } from "node:util";
import { constants, crc32, deflateRaw, inflateRaw } from "node:zlib";

/**
 * Chosen by measurement, see docs/decisions/0012: about what reading the rows costs, on the other core.
 */
const LEVEL = 5;

/**
 * A stretch of a list's text, kept compressed. Blocks can be put one after the other in any combination: together they
 * are one deflate stream.
 */
export interface ListBlock {
  /** Raw deflate: ends on a byte boundary, refers to nothing before it, and is not the last of its stream. */
  packed: Uint8Array;
  /** CRC-32 of the text. */
  crc: number;
  /** Bytes of the text. */
  length: number;
}

const deflate = promisify(deflateRaw);
const inflate = promisify(inflateRaw);

/** Both work in the thread pool, so that other requests go on meanwhile. */
export async function packBlock(text: Uint8Array): Promise<ListBlock> {
  const packed = await deflate(text, {
    level: LEVEL,
    finishFlush: constants.Z_FULL_FLUSH,
    chunkSize: chunkFor(text.byteLength / 4),
  });
  return { packed, crc: crc32(text), length: text.byteLength };
}

export async function unpackBlock({ packed, length }: ListBlock): Promise<Uint8Array> {
  // One chunk that holds all of it: no joining afterwards.
  return inflate(packed, { finishFlush: constants.Z_FULL_FLUSH, chunkSize: chunkFor(length + 1) });
}

/** A few bytes of punctuation as a stored block, without the compressor. At most 65,535 bytes. */
export function storedBlock(text: string): ListBlock {
  const bytes = Buffer.from(text);
  const head = Buffer.alloc(5);
  head.writeUInt16LE(bytes.byteLength, 1);
  head.writeUInt16LE(0xff_ff - bytes.byteLength, 3);
  return { packed: Buffer.concat([head, bytes]), crc: crc32(bytes), length: bytes.byteLength };
}

function chunkFor(bytes: number): number {
  return Math.max(1024, Math.ceil(bytes));
}
