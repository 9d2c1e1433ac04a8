import { afterAll, beforeAll, expect, test } from "vitest";
import * as z from "zod/mini";
import { engines } from "#server/database/engines-for-tests.ts";
import { tellStories } from "./tell.ts";
import { standInForBrowsers } from "./world.ts";

/** What `npm run soak` asks for; see run.ts. */
const soakSchema = z.object({
  minutes: z.number(),
  seed: z.int(),
  length: z.int(),
  engine: z.optional(z.enum(["libsql", "postgres"])),
  path: z.optional(z.string()),
  replay: z.optional(z.string()),
});
const asked = process.env["TOKENWARD_SOAK"];
const soak = asked === undefined ? undefined : soakSchema.parse(JSON.parse(asked));

let leave = () => {};
beforeAll(() => {
  leave = standInForBrowsers();
});
afterAll(() => leave());

/** The same stories in every run: what a change breaks is broken every time. */
const stories = { libsql: 8, postgres: 3 } as const;

for (const engine of engines) {
  const title = `whatever two browsers and a program do while their lines fail, the answers are true (${engine.name})`;
  test.skipIf(!engine.available || soak !== undefined)(title, { timeout: 300_000 }, async () => {
    const found = await tellStories({ engine, seed: 1, length: 80, stories: stories[engine.name] });
    if (found.failure !== undefined) expect.fail(found.failure);
    expect(found.stories).toBe(stories[engine.name]);
  });

  const isAsked = soak !== undefined && [undefined, engine.name].includes(soak.engine);
  test.runIf(isAsked && engine.available)(
    `a soak on ${engine.name}`,
    { timeout: 24 * 3600_000 },
    async () => {
      if (soak === undefined) return;
      const { minutes, seed, length, path, replay } = soak;
      const began = performance.now();
      let said = began;
      const line = (told: number, steps: number) => {
        const seconds = Math.round((performance.now() - began) / 1000);
        return `${engine.name}: ${String(told)} stories of ${String(steps)} steps held in ${String(seconds)} s`;
      };
      const found = await tellStories({
        engine,
        seed,
        length,
        ...(path === undefined ? { time: minutes * 60_000 } : { path, replayPath: replay, stories: 1 }),
        onHeld: (told, steps) => {
          if (performance.now() - said < 30_000) return;
          said = performance.now();
          console.log(line(told, steps));
        },
      });
      console.log(line(found.stories, found.steps));
      if (found.failure === undefined) return;
      console.log(`\n${found.failure}\n`);
      expect.fail("A story does not hold: see above.");
    },
  );
}
