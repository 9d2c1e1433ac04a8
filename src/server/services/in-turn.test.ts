import { expect, it } from "vitest";
import { createTurns } from "./in-turn.ts";

const never = new AbortController().signal;

/** Work that ends when it is told to. */
function work() {
  let finish: (result: string) => void = () => undefined;
  let fail: (error: Error) => void = () => undefined;
  const result = new Promise<string>((resolve, reject) => {
    finish = resolve;
    fail = reject;
  });
  let isBegun = false;
  return {
    finish,
    fail,
    isBegun: () => isBegun,
    run: () => {
      isBegun = true;
      return result;
    },
  };
}
/** Lets everything go on that can. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

it("runs what has the same key one after the other, and other keys meanwhile", async () => {
  const turns = createTurns();
  const [first, second, elsewhere] = [work(), work(), work()];
  const results = [
    turns("a", never, first.run),
    turns("a", never, second.run),
    turns("b", never, elsewhere.run),
  ];
  await settle();
  expect([first, second, elsewhere].map(({ isBegun }) => isBegun())).toEqual([true, false, true]);
  first.finish("1");
  await settle();
  expect(second.isBegun()).toBe(true);
  second.finish("2");
  elsewhere.finish("3");
  expect(await Promise.all(results)).toEqual(["1", "2", "3"]);
});

it("goes on after a failure, which only the one who caused it hears of", async () => {
  const turns = createTurns();
  const [first, second] = [work(), work()];
  const failing = turns("a", never, first.run);
  const waiting = turns("a", never, second.run);
  first.fail(new Error("no"));
  await expect(failing).rejects.toThrow("no");
  second.finish("2");
  expect(await waiting).toBe("2");
});

it("lets go of who gives up while waiting, and never begins their work; who is behind still has to wait", async () => {
  const turns = createTurns();
  const [first, second, third] = [work(), work(), work()];
  const caller = new AbortController();
  const running = turns("a", never, first.run);
  const given = turns("a", caller.signal, second.run);
  const behind = turns("a", never, third.run);
  const reason = new Error("gave up");
  caller.abort(reason);
  await expect(given).rejects.toBe(reason);
  await settle();
  expect(third.isBegun()).toBe(false);
  first.finish("1");
  await running;
  third.finish("3");
  expect(await behind).toBe("3");
  expect(second.isBegun()).toBe(false);
});

it("does not cut off what has begun", async () => {
  const turns = createTurns();
  const first = work();
  const caller = new AbortController();
  const running = turns("a", caller.signal, first.run);
  await settle();
  caller.abort(new Error("gave up"));
  first.finish("1");
  expect(await running).toBe("1");
});
