import * as fc from "fast-check";
import type { TestEngine } from "#server/database/engines-for-tests.ts";
import { anyStory, type Model, type Scene } from "./story.ts";
import { World } from "./world.ts";

export interface Telling {
  engine: TestEngine;
  seed: number;
  /** How many steps a story has at the most. */
  length: number;
  /** How many stories; without it as many as the time allows. */
  stories?: number | undefined;
  /** Milliseconds after which no other story begins. What is being made shorter then stays as long as it is. */
  time?: number | undefined;
  /** A story that was found before, as its report names it. */
  path?: string | undefined;
  replayPath?: string | undefined;
  /** Told after each story that held. */
  onHeld?: (stories: number, steps: number) => void;
}

export interface Found {
  /** Stories that held. */
  stories: number;
  /** Their steps. */
  steps: number;
  /** The shortest story that was found to fail, for a person; undefined when all held. */
  failure: string | undefined;
}

interface Failed {
  lines: readonly string[];
  error: unknown;
}

/** Tells stories until one does not hold, and makes that one shorter. */
export async function tellStories(telling: Telling): Promise<Found> {
  const { engine, seed, length, stories: most, time, path, replayPath, onHeld } = telling;
  let stories = 0;
  let steps = 0;
  // While a story is made shorter every one that fails is shorter than the one before.
  let failed: Failed | undefined;
  const property = fc.asyncProperty(anyStory({ length, replayPath }), async (story) => {
    const scene: Scene = { world: await World.begin(engine), forms: new Map(), turns: [], lines: [] };
    const model: Model = { forms: new Set(), turns: 0 };
    try {
      await fc.asyncModelRun(() => ({ model, real: scene }), story);
      await scene.world.end();
    } catch (error) {
      failed = { lines: scene.lines, error };
      throw error;
    } finally {
      await scene.world.close();
    }
    if (failed !== undefined) return;
    stories++;
    steps += scene.lines.length;
    onHeld?.(stories, steps);
  });
  const details = await fc.check(property, {
    seed,
    numRuns: most ?? Number.MAX_SAFE_INTEGER,
    ...(time === undefined ? {} : { interruptAfterTimeLimit: time }),
    ...(path === undefined ? {} : { path }),
  });
  if (failed === undefined) return { stories, steps, failure: undefined };
  const { counterexamplePath } = details;
  const commands = /replayPath="([^"]*)"/.exec(fc.defaultReportMessage(details) ?? "")?.[1];
  const again = [
    `--engine ${engine.name} --seed ${String(seed)} --length ${String(length)}`,
    ...(counterexamplePath === null ? [] : [`--path ${counterexamplePath}`]),
    ...(commands === undefined ? [] : [`--replay ${commands}`]),
  ].join(" ");
  return { stories, steps, failure: failureText(failed, again) };
}

function failureText({ lines, error }: Failed, again: string): string {
  const isOurs = error instanceof Error && error.name === "Error";
  const wrong = isOurs
    ? error.message
    : error instanceof Error
      ? (error.stack ?? error.message)
      : String(error);
  return [
    "A story that does not hold, as short as it was made:",
    ...lines.map((line, place) => `${String(place + 1).padStart(3)}. ${line}`),
    "What is wrong:",
    ...wrong.split("\n").map((line) => `     ${line}`),
    `To see it again: npm run soak -- ${again}`,
  ].join("\n");
}
