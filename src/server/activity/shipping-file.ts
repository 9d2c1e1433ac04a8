import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";
import { codeOf } from "#server/key-file.ts";
import { StartError } from "#server/start-error.ts";
import type { ChainHead } from "./chain.ts";
import { readShippedLine, shippedLine } from "./shipped-row.ts";
import type { ShippingTarget } from "./shipping.ts";

/** Bytes that are read at a time, from the end of the file backwards. */
const PIECE = 64 * 1024;
const NEW_LINE = 0x0a;

/** What the file was when this process left it. */
interface Known {
  ino: number;
  size: number;
  last: ChainHead | undefined;
}

/**
 * A file of JSON Lines that only grows. It goes on after its last whole line; half of one, which a kill left behind, is cut
 * off. One that is empty, or was moved away, goes on where the cursor is. Only its owner may read it.
 */
export function fileTarget(path: string): ShippingTarget & { check(): Promise<void> } {
  let known: Known | undefined;

  async function withFile<Result>(work: (file: FileHandle) => Promise<Result>): Promise<Result> {
    // Made where it is missing; never cut to nothing.
    const file = await open(path, "a+", 0o600);
    try {
      return await work(file);
    } finally {
      await file.close();
    }
  }

  async function look(file: FileHandle): Promise<Known> {
    const { ino, size } = await file.stat();
    if (known?.ino === ino && known.size === size) return known;
    const { end, line } = await lastWholeLine(file, size);
    if (end < size) await file.truncate(end);
    const last = line === undefined ? undefined : readShippedLine(line);
    if (line !== undefined && last === undefined) {
      throw new Error("its last line is no row of an activity record");
    }
    return { ino, size: end, last: last && { seq: last.seq, hash: last.hash } };
  }

  return {
    name: `file ${path}`,
    label: path,

    async check() {
      try {
        known = await withFile(look);
        await syncDirectory(path);
      } catch (error) {
        const isOurs = error instanceof Error && !("code" in error);
        const reason = isOurs ? error.message : codeOf(error);
        throw new StartError(`The file ${path} of --activity-file cannot be used: ${reason}.`, {
          cause: error,
        });
      }
    },

    async lastRow() {
      known = await withFile(look);
      return known.last;
    },

    async send(rows) {
      const last = rows.at(-1);
      if (last === undefined) return;
      await withFile(async (file) => {
        // Until it is known what became of the write, nothing is known of the file.
        known = undefined;
        await file.writeFile(rows.map(shippedLine).join(""));
        await file.sync();
        const { ino, size } = await file.stat();
        known = { ino, size, last: { seq: last.seq, hash: last.hash } };
      });
    },
  };
}

/** The name of a new file is as lasting as its lines only when its directory is. Not every system can do that. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(dirname(path), "r").catch(() => undefined);
  await directory?.sync().catch(() => undefined);
  await directory?.close();
}

/** The last line that has an end, and where that end is: 0 where there is no such line. */
async function lastWholeLine(
  file: FileHandle,
  size: number,
): Promise<{ end: number; line: string | undefined }> {
  let tail: Buffer = Buffer.alloc(0);
  for (let from = size; from > 0;) {
    const start = Math.max(0, from - PIECE);
    const piece = Buffer.alloc(from - start);
    await file.read(piece, 0, piece.length, start);
    tail = Buffer.concat([piece, tail]);
    from = start;
    const last = tail.lastIndexOf(NEW_LINE);
    const before = last === -1 ? -1 : tail.subarray(0, last).lastIndexOf(NEW_LINE);
    if (last !== -1 && (before !== -1 || from === 0)) {
      return { end: from + last + 1, line: tail.subarray(before + 1, last).toString() };
    }
  }
  return { end: 0, line: undefined };
}
