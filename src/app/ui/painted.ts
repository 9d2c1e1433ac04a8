/** Milliseconds: a page that is not drawn has no frames to wait for. */
const PATIENCE = 100;

/** Resolves when what stands in the document now has been painted. */
export function painted(): Promise<void> {
  if (document.visibilityState === "hidden") return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, PATIENCE);
    requestAnimationFrame(() => {
      // The first task after a frame's callbacks runs when the frame is painted.
      const { port1, port2 } = new MessageChannel();
      port1.addEventListener("message", () => {
        port1.close();
        clearTimeout(timer);
        resolve();
      });
      port1.start();
      port2.postMessage(undefined);
    });
  });
}
