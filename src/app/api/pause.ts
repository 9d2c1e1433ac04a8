/** Lets everything else that waits for the main thread have it before going on: what somebody does, and what they see. */
export function pause(): Promise<void> {
  if ("scheduler" in globalThis) return scheduler.postTask(() => {}, { priority: "background" });
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
