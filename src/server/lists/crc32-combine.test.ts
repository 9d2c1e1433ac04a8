import { crc32 } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { combineCrc32 } from "./crc32-combine.ts";

test("the CRC of two texts joined is that of the joined text", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 5000 }), fc.uint8Array({ maxLength: 5000 }), (first, second) => {
      const whole = crc32(Buffer.concat([first, second]));
      expect(combineCrc32(crc32(first), crc32(second), second.byteLength)).toBe(whole);
    }),
  );
});

test("lengths past 2^29 bytes, whose bits do not fit 32, count in full", () => {
  // Zeros only: their CRC can be had by doubling, without the memory.
  let [crc, length] = [crc32(Buffer.alloc(1 << 20)), 1 << 20];
  while (length < 2 ** 30) [crc, length] = [combineCrc32(crc, crc, length), length * 2];
  let expected = 0;
  const piece = Buffer.alloc(1 << 24);
  for (let done = 0; done < 2 ** 30; done += piece.byteLength) expected = crc32(piece, expected);
  expect(crc).toBe(expected);
});
