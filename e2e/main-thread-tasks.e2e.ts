import { expect, test } from "@playwright/test";
import { addFixedWork, TaskWatch } from "./main-thread-tasks.ts";

/** Milliseconds. */
const HELD = 100;

// Lists are read in such script. A watch that misses it finds every reading short, whatever it does.
test("a task includes what follows on a promise that the browser kept in it", async ({ page }) => {
  const watch = await TaskWatch.start(page);
  await page.evaluate(async (millis) => {
    const hold = () => {
      const until = performance.now() + millis;
      while (performance.now() < until);
    };
    performance.mark("begin");
    await new Response("a body").text();
    hold();
    await scheduler.postTask(() => {}, { priority: "background" });
    hold();
    // The last task ends too before the watch does.
    await new Promise((resolve) => setTimeout(resolve));
  }, HELD);
  const { tasks } = await watch.tasksSince("begin");
  // By the clock, since that is what was waited for; a core may have been shared meanwhile.
  const long = tasks.filter(({ duration }) => duration >= HELD);
  expect(long).toHaveLength(2);
  for (const { processor } of long) expect(processor).toBeGreaterThan(0);
});

test("the fixed work is told apart from the page's own tasks", async ({ page }) => {
  await addFixedWork(page);
  const watch = await TaskWatch.start(page);
  await page.evaluate(async (millis) => {
    performance.mark("begin");
    for (let round = 0; round < 5; round++) {
      for (const until = performance.now() + millis; performance.now() < until;);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }, HELD);
  const { tasks, fixedWork } = await watch.tasksSince("begin");
  expect(fixedWork.length).toBeGreaterThan(3);
  for (const millis of fixedWork) expect(millis).toBeGreaterThan(0.1);
  expect(tasks.filter(({ duration }) => duration >= HELD)).toHaveLength(5);
});
