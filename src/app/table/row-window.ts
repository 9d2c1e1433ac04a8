import { createListeners } from "#app/ui/listeners.ts";

/** Positions of rows, both included; empty when `last` is before `first`. */
export interface RowRange {
  first: number;
  last: number;
}

/** What is seen of the rows, in px. */
export interface Sight {
  /** How far the first row's upper edge is above what is seen. */
  offset: number;
  /** Height of what is seen. */
  height: number;
}

/** The rows of which something is seen. More was scrolled than there are rows: the last ones. */
export function rowsInSight({ offset, height }: Sight, rowHeight: number, count: number): RowRange {
  const furthest = Math.max(0, count * rowHeight - height);
  const top = Math.min(Math.max(0, offset), furthest);
  return {
    first: Math.min(Math.floor(top / rowHeight), Math.max(0, count - 1)),
    last: Math.min(Math.ceil((top + height) / rowHeight), count) - 1,
  };
}

/** The offset nearest to the present one at which a row is seen as a whole. */
export function offsetToSee(index: number, { offset, height }: Sight, rowHeight: number): number {
  const top = index * rowHeight;
  const bottom = top + rowHeight;
  if (top < offset) return top;
  return bottom > offset + height ? bottom - height : offset;
}

/** Positions to draw, upwards: what is seen, so many more at either end, and one that stays drawn wherever it is. */
export function rowsToDraw({ first, last }: RowRange, beyond: number, count: number, kept: number): number[] {
  const rows: number[] = [];
  const from = Math.max(0, first - beyond);
  const to = Math.min(count - 1, last + beyond);
  if (kept >= 0 && kept < from) rows.push(kept);
  for (let index = from; index <= to; index++) rows.push(index);
  if (kept > to && kept < count) rows.push(kept);
  return rows;
}

// Drawn at once: waiting for the first measurement would cost an empty frame.
const FIRST_SIGHT: Sight = { offset: 0, height: 800 };

/** An element that scrolls, and what is seen in it, for useSyncExternalStore. */
export interface Scroller {
  /** A ref callback. */
  attach(element: HTMLElement | null): (() => void) | undefined;
  subscribe(this: void, listener: () => void): () => void;
  /** What is seen, in whole rows: the same object as long as the same rows are. `above` px at its top stay in place. */
  sight(rowHeight: number, above: number): Sight;
  scrollTo(offset: number): void;
  /** Scrolls as little as needed to see a row as a whole. */
  see(index: number, rowHeight: number, above: number): void;
}

/** Tells of scrolling in the frame of the scrolling itself, so that no frame shows where rows are missing. */
export function createScroller(): Scroller {
  let element: HTMLElement | null = null;
  let offset = FIRST_SIGHT.offset;
  let height: number | undefined;
  let given = FIRST_SIGHT;
  const { tell, subscribe } = createListeners();
  const scrollTo = (next: number) => {
    // What was heard of is compared, not the element: asking it would have everything laid out at once.
    if (element === null || offset === next) return;
    element.scrollTop = next;
    onScroll();
  };
  const onScroll = () => {
    offset = element?.scrollTop ?? 0;
    tell();
  };

  return {
    attach(attached) {
      if (attached === null) return undefined;
      element = attached;
      const measure = () => {
        height = attached.clientHeight;
        onScroll();
      };
      // It measures at once, but only when the frame has been laid out: asking here would do that twice.
      const observer = new ResizeObserver(measure);
      observer.observe(attached);
      attached.addEventListener("scroll", onScroll, { passive: true });
      return () => {
        observer.disconnect();
        attached.removeEventListener("scroll", onScroll);
        element = null;
      };
    },
    subscribe,
    sight(rowHeight, above) {
      const seen = height === undefined ? FIRST_SIGHT.height : Math.max(0, height - above);
      const top = Math.floor(Math.max(0, offset) / rowHeight) * rowHeight;
      const bottom = Math.ceil((Math.max(0, offset) + seen) / rowHeight) * rowHeight;
      if (given.offset !== top || given.height !== bottom - top)
        given = { offset: top, height: bottom - top };
      return given;
    },
    scrollTo,
    see(index, rowHeight, above) {
      const seen = { offset, height: (height ?? FIRST_SIGHT.height) - above };
      scrollTo(offsetToSee(index, seen, rowHeight));
    },
  };
}
