// Runs in the page before anything of the application does. Plain JavaScript: what a compiler adds for its own
// purposes does not exist there.
(() => {
  /** What the table shows now; undefined as long as there is no table. */
  const read = () => {
    const table = document.querySelector(
      "[role=table][aria-rowcount], [role=grid][aria-rowcount], table[aria-rowcount]",
    );
    if (table === null) return undefined;
    const row = table.querySelector('[role=row][aria-rowindex="2"], tr[aria-rowindex="2"]');
    const sorted = table.querySelector("[aria-sort=ascending], [aria-sort=descending]");
    return {
      count: Number(table.getAttribute("aria-rowcount")) - 1,
      first: row === null ? "" : row.textContent,
      sort: sorted === null ? "" : `${sorted.textContent.trim()} ${sorted.getAttribute("aria-sort")}`,
    };
  };

  /** Calls back with the time when the frame that is being made now has been painted. */
  const afterPaint = (then) => {
    const { port1, port2 } = new MessageChannel();
    port1.addEventListener("message", () => then(performance.now()), { once: true });
    port1.start();
    port2.postMessage(undefined);
  };

  /** Looks in every frame until `good`, then waits for that frame's paint. */
  const whenPainted = (good) =>
    new Promise((resolve) => {
      const look = () => {
        const shown = read();
        if (shown !== undefined && good(shown)) afterPaint(resolve);
        else requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    });

  const matches = (wanted) => (shown) =>
    (wanted.count === undefined || shown.count === wanted.count) &&
    (wanted.first === undefined || shown.first.includes(wanted.first)) &&
    (wanted.sort === undefined || shown.sort.startsWith(wanted.sort)) &&
    (wanted.firstNot === undefined || shown.first !== wanted.firstNot);

  window.probe = {
    read,
    /** Milliseconds since navigation began until a row with words in it was painted. */
    firstRow: whenPainted((shown) => shown.first.trim() !== ""),
    /** Milliseconds since navigation began until everything that is wanted was painted. */
    whole: (wanted) => whenPainted(matches(wanted)),
    /** From the next event of this kind to the painted frame that shows what is wanted. */
    arm(kind, wanted) {
      this.result = new Promise((resolve) => {
        const begin = (event) => {
          void whenPainted(matches(wanted)).then((painted) => resolve(painted - event.timeStamp));
        };
        addEventListener(kind, begin, { capture: true, once: true });
      });
    },
  };
})();
