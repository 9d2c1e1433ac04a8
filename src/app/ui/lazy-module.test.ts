import { afterEach, expect, it, vi } from "vitest";
import { createLazyModule, whenIdle } from "./lazy-module.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it("loads once, however often it is asked", async () => {
  const load = vi.fn(() => Promise.resolve({ name: "dialog" }));
  const lazy = createLazyModule(load);
  expect(lazy.current()).toBeUndefined();
  const [first, second] = await Promise.all([lazy.preload(), lazy.preload()]);
  expect(first).toBe(second);
  expect(lazy.current()).toBe(first);
  await lazy.preload();
  expect(load).toHaveBeenCalledTimes(1);
});

it("tries again after a failure, and keeps the failure for who asked", async () => {
  const load = vi
    .fn<() => Promise<string>>()
    .mockRejectedValueOnce(new Error("offline"))
    .mockResolvedValue("there");
  const lazy = createLazyModule(load);
  await expect(lazy.preload()).rejects.toThrow("offline");
  expect(lazy.current()).toBeUndefined();
  await expect(lazy.preload()).resolves.toBe("there");
  expect(lazy.current()).toBe("there");
});

it("waits for an idle moment, with a time limit, and can be called off", () => {
  const request = vi.fn((_task: () => void, _options: { timeout: number }) => 7);
  const cancel = vi.fn();
  vi.stubGlobal("requestIdleCallback", request);
  vi.stubGlobal("cancelIdleCallback", cancel);
  const task = vi.fn();
  const stop = whenIdle(task, 500);
  expect(task).not.toHaveBeenCalled();
  expect(request.mock.calls[0]?.[1]).toEqual({ timeout: 500 });
  request.mock.calls[0]?.[0]();
  expect(task).toHaveBeenCalledTimes(1);
  stop();
  expect(cancel).toHaveBeenCalledWith(7);
});

it("does without idle callbacks", () => {
  vi.useFakeTimers();
  vi.stubGlobal("requestIdleCallback", undefined);
  const task = vi.fn();
  whenIdle(task);
  const called = vi.fn();
  whenIdle(called)();
  vi.runAllTimers();
  expect(task).toHaveBeenCalledTimes(1);
  expect(called).not.toHaveBeenCalled();
});

it("loads ahead for who uses it, once the page shows what it is for", async () => {
  // Outside of React: what a component would subscribe with.
  const hook: { subscribe?: (listener: () => void) => () => void } = {};
  vi.doMock("react", () => ({
    useSyncExternalStore(subscribe: (listener: () => void) => () => void, get: () => unknown) {
      hook.subscribe = subscribe;
      return get();
    },
  }));
  vi.resetModules();
  const fresh = await import("./lazy-module.ts");
  vi.stubGlobal("requestIdleCallback", (task: () => void) => {
    task();
    return 1;
  });
  vi.stubGlobal("cancelIdleCallback", () => {});
  const load = vi.fn(() => Promise.resolve("there"));
  const unused = vi.fn(() => Promise.resolve("there"));
  const gone = vi.fn(() => Promise.resolve("there"));
  const use = (lazy: { useModule: () => unknown }) => {
    lazy.useModule();
    return hook.subscribe?.(() => {});
  };
  fresh.createLazyModule(unused);
  use(fresh.createLazyModule(load));
  use(fresh.createLazyModule(gone))?.();
  await Promise.resolve();
  expect(load).not.toHaveBeenCalled();

  fresh.allowLoadingAhead();
  await Promise.resolve();
  expect(load).toHaveBeenCalledTimes(1);
  expect(unused).not.toHaveBeenCalled();
  expect(gone).not.toHaveBeenCalled();
  vi.doUnmock("react");
});
