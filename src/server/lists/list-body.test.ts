import { text as readText } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { packBlock, storedBlock, unpackBlock, type ListBlock } from "./list-block.ts";
import { bodyOf, gzipChunks, plainChunks, type ListText } from "./list-body.ts";

async function collect(chunks: AsyncGenerator<Uint8Array, void>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts);
}

function textOf(blocks: readonly ListBlock[], opening = "[", closing = "]"): ListText {
  return {
    opening,
    closing,
    async *blocks() {
      yield* blocks;
    },
  };
}

const texts = fc.array(fc.string({ unit: "binary", minLength: 1, maxLength: 3000 }), { maxLength: 8 });

test("blocks in any combination are one gzip member, whose text is that of the plain body", async () => {
  await fc.assert(
    fc.asyncProperty(texts, fc.string({ maxLength: 20 }), async (parts, opening) => {
      const blocks = await Promise.all(parts.map((part) => packBlock(Buffer.from(part))));
      const expected = opening + parts.join(",") + "]";
      const text = textOf(blocks, opening);
      // Checks the CRC and the length, and throws for anything after the first member that is none.
      expect(gunzipSync(await collect(gzipChunks(text))).toString()).toBe(expected);
      expect((await collect(plainChunks(text))).toString()).toBe(expected);
    }),
    { numRuns: 60 },
  );
});

test("a block packs well and gives its text back, stored ones too", async () => {
  const row = Buffer.from('{"id":"x","description":"東京 🏭"}'.repeat(2000));
  const block = await packBlock(row);
  expect(block.packed.byteLength).toBeLessThan(row.byteLength / 20);
  expect(Buffer.from(await unpackBlock(block)).equals(row)).toBe(true);
  expect(Buffer.from(await unpackBlock(storedBlock("],"))).toString()).toBe("],");
});

test("nothing is made before the receiver asks, and what is open is closed when it leaves", async () => {
  let [made, isReleased] = [0, false];
  async function* chunks(): AsyncGenerator<Uint8Array, void> {
    try {
      for (;;) yield Buffer.from([made++]);
    } finally {
      isReleased = true;
    }
  }
  const reader = bodyOf(chunks(), () => false).getReader();
  await Promise.resolve();
  expect(made).toBe(0);
  await reader.read();
  await reader.read();
  expect([made, isReleased]).toEqual([2, false]);
  await reader.cancel();
  expect([made, isReleased]).toEqual([2, true]);
});

test("chunks that fail make the body fail; it never ends as if it were whole", async () => {
  async function* chunks(): AsyncGenerator<Uint8Array, void> {
    yield Buffer.from("[");
    throw new Error("broke off");
  }
  const failures: unknown[] = [];
  const body = bodyOf(chunks(), (error) => {
    failures.push(error);
    return false;
  });
  await expect(readText(body)).rejects.toThrow("broke off");
  expect(failures).toEqual([new Error("broke off")]);

  const cut = bodyOf(chunks(), () => true).getReader();
  await cut.read();
  const next = await Promise.race([cut.read(), new Promise((resolve) => setTimeout(resolve, 50, "nothing"))]);
  expect(next).toBe("nothing");
});
