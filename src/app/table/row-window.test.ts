import fc from "fast-check";
import { expect, it, vi } from "vitest";
import { createScroller, offsetToSee, rowsInSight, rowsToDraw } from "./row-window.ts";

const HEIGHT = 44;
const sight = fc.record({
  offset: fc.integer({ min: 0, max: 5_000 }),
  height: fc.integer({ min: 1, max: 900 }),
});
const count = fc.nat(200);

it("finds every row of which something is seen, and no other", () => {
  fc.assert(
    fc.property(sight, count, (at, rows) => {
      const furthest = Math.max(0, rows * HEIGHT - at.height);
      fc.pre(at.offset <= furthest);
      const { first, last } = rowsInSight(at, HEIGHT, rows);
      for (let index = 0; index < rows; index++) {
        const seen = (index + 1) * HEIGHT > at.offset && index * HEIGHT < at.offset + at.height;
        expect(index >= first && index <= last, `row ${index}`).toBe(seen);
      }
    }),
  );
});

it("shows the last rows of a list that became shorter than what was scrolled", () => {
  expect(rowsInSight({ offset: 4_000, height: 440 }, HEIGHT, 20)).toEqual({ first: 10, last: 19 });
  expect(rowsInSight({ offset: 4_000, height: 440 }, HEIGHT, 3)).toEqual({ first: 0, last: 2 });
  expect(rowsInSight({ offset: 4_000, height: 440 }, HEIGHT, 0)).toEqual({ first: 0, last: -1 });
  expect(rowsInSight({ offset: -30, height: 440 }, HEIGHT, 3)).toEqual({ first: 0, last: 2 });
});

it("scrolls as little as needed to see a row whole", () => {
  fc.assert(
    fc.property(sight, fc.nat(200), (at, index) => {
      fc.pre(at.height >= HEIGHT);
      const offset = offsetToSee(index, at, HEIGHT);
      expect(index * HEIGHT).toBeGreaterThanOrEqual(offset);
      expect((index + 1) * HEIGHT).toBeLessThanOrEqual(offset + at.height);
      expect(offsetToSee(index, { ...at, offset }, HEIGHT)).toBe(offset);
      const wholeBefore = index * HEIGHT >= at.offset && (index + 1) * HEIGHT <= at.offset + at.height;
      if (wholeBefore) expect(offset).toBe(at.offset);
    }),
  );
});

it("draws what is seen and some more, each once, upwards, and the kept row wherever it is", () => {
  fc.assert(
    fc.property(sight, count, fc.integer({ min: -1, max: 220 }), fc.nat(6), (at, rows, kept, beyond) => {
      const range = rowsInSight(at, HEIGHT, rows);
      const drawn = rowsToDraw(range, beyond, rows, kept);
      expect(drawn).toEqual([...new Set(drawn)].sort((a, b) => a - b));
      for (const index of drawn) expect(index >= 0 && index < rows).toBe(true);
      for (let index = range.first; index <= range.last; index++) expect(drawn).toContain(index);
      if (kept >= 0 && kept < rows) expect(drawn).toContain(kept);
      expect(drawn.length).toBeLessThanOrEqual(range.last - range.first + 2 + 2 * beyond);
    }),
  );
});

it("says what is seen in whole rows, and something new only when other rows are", () => {
  expect(createScroller().sight(HEIGHT, 36)).toEqual({ offset: 0, height: 836 });

  let resized = () => {};
  vi.stubGlobal(
    "ResizeObserver",
    class {
      constructor(callback: () => void) {
        resized = callback;
      }
      observe() {}
      disconnect() {}
    },
  );
  const element = Object.assign(new EventTarget(), { scrollTop: 0, clientHeight: 476 });
  const scroller = createScroller();
  const told = vi.fn();
  scroller.subscribe(told);
  // Only what is used of an element is there.
  const detach = scroller.attach(element as unknown as HTMLElement);
  resized();
  const first = scroller.sight(HEIGHT, 36);
  expect(first).toEqual({ offset: 0, height: 440 });

  element.scrollTop = 10;
  element.dispatchEvent(new Event("scroll"));
  const second = scroller.sight(HEIGHT, 36);
  expect(second).toEqual({ offset: 0, height: 484 });
  element.scrollTop = 40;
  element.dispatchEvent(new Event("scroll"));
  expect(scroller.sight(HEIGHT, 36)).toBe(second);
  element.scrollTop = 90;
  element.dispatchEvent(new Event("scroll"));
  expect(scroller.sight(HEIGHT, 36)).toEqual({ offset: 88, height: 484 });

  element.clientHeight = 136;
  resized();
  expect(scroller.sight(HEIGHT, 36)).toEqual({ offset: 88, height: 132 });
  scroller.scrollTo(880);
  expect(element.scrollTop).toBe(880);
  expect(scroller.sight(HEIGHT, 36)).toEqual({ offset: 880, height: 132 });

  told.mockClear();
  detach?.();
  element.dispatchEvent(new Event("scroll"));
  expect(told).not.toHaveBeenCalled();
  vi.unstubAllGlobals();
});
