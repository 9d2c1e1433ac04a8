import { expect, it } from "vitest";
import { shareReads } from "./share-reads.ts";

/** Readings that end when told. */
function readings() {
  const begun: { succeed: (value: string) => void; fail: () => void }[] = [];
  const ask = shareReads(
    () =>
      new Promise<string>((resolve, reject) => {
        begun.push({ succeed: resolve, fail: () => reject(new Error("broken")) });
      }),
  );
  return { begun, ask };
}

const settled = () => new Promise<void>((resolve) => setTimeout(resolve));

it("reads once for all who ask in the same moment", async () => {
  const { begun, ask } = readings();
  const asked = [ask(), ask(), ask()];
  await settled();
  expect(begun).toHaveLength(1);
  begun[0]!.succeed("list");
  expect(await Promise.all(asked)).toEqual(["list", "list", "list"]);
});

it("never joins a reading that began before the question, and shares the next one", async () => {
  const { begun, ask } = readings();
  const early = ask();
  await settled();
  const late = [ask(), ask()];
  await settled();
  expect(begun).toHaveLength(1);
  begun[0]!.succeed("old");
  expect(await early).toBe("old");
  await settled();
  expect(begun).toHaveLength(2);
  begun[1]!.succeed("new");
  expect(await Promise.all(late)).toEqual(["new", "new"]);
  const again = ask();
  await settled();
  expect(begun).toHaveLength(3);
  begun[2]!.succeed("newest");
  expect(await again).toBe("newest");
});

it("tells a failure to its own askers only", async () => {
  const { begun, ask } = readings();
  const first = ask().catch(String);
  await settled();
  const second = ask();
  begun[0]!.fail();
  expect(await first).toContain("broken");
  await settled();
  begun[1]!.succeed("list");
  expect(await second).toBe("list");
});
