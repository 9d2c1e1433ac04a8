/** "first": somebody waits for it. "refresh": nobody does, and what they do meanwhile goes first. */
export type Pace = "first" | "refresh";

/** Lets everything else that waits for the main thread have it before going on. */
export function pause(pace: Pace): Promise<void> {
  if (pace === "refresh" && "scheduler" in globalThis) {
    return scheduler.postTask(() => {}, { priority: "background" });
  }
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.addEventListener(
      "message",
      () => {
        port1.close();
        resolve();
      },
      { once: true },
    );
    port1.start();
    port2.postMessage(undefined);
  });
}
