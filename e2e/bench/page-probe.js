// Runs in the page before anything of the application does. Plain JavaScript: what a compiler adds for its own
// purposes does not exist there. It reads attributes and texts only, never sizes or positions: looking must not make
// the browser lay anything out that it would not have laid out by itself.
(() => {
  /** What the table shows now; undefined as long as there is no table. While rows still come the count is below 0. */
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
    (wanted.firstAmong === undefined || wanted.firstAmong.some((text) => shown.first.includes(text))) &&
    (wanted.sort === undefined || shown.sort.startsWith(wanted.sort));

  /** Puts a text into the search box in the first frame that has one, as input that the application hears of. */
  const searchFor = (text) => {
    const look = () => {
      // One that takes no input yet is only painted.
      const box = document.querySelector("input[type=search]:not([inert] *)");
      if (box === null) return requestAnimationFrame(look);
      // Past what a framework may have put in front of the property.
      Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(box, text);
      box.dispatchEvent(new InputEvent("input", { bubbles: true, data: text, inputType: "insertText" }));
    };
    look();
  };

  let frames = [];
  let nextFrame = 0;

  window.probe = {
    read,
    /** Milliseconds since navigation began until a row with words in it was painted. */
    firstRow: whenPainted((shown) => shown.first.trim() !== ""),
    /** Milliseconds since navigation began until everything that is wanted was painted. */
    shown: (wanted) => whenPainted(matches(wanted)),
    /** The same for a search that is asked for as soon as there is a search box, rows or not. */
    found(text, wanted) {
      searchFor(text);
      return whenPainted(matches(wanted));
    },
    /** From the next event of this kind to the painted frame that shows what is wanted. */
    arm(kind, wanted) {
      this.result = new Promise((resolve) => {
        const begin = (event) => {
          void whenPainted(matches(wanted)).then((painted) => resolve(painted - event.timeStamp));
        };
        addEventListener(kind, begin, { capture: true, once: true });
      });
    },
    /** Begins to write down when frames are made. */
    watchFrames() {
      frames = [];
      const note = (time) => {
        frames.push(time);
        nextFrame = requestAnimationFrame(note);
      };
      nextFrame = requestAnimationFrame(note);
    },
    /** Ends it and gives the times, in milliseconds. */
    framesSeen() {
      cancelAnimationFrame(nextFrame);
      return frames;
    },
  };
})();
