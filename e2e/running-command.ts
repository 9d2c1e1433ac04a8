import { spawn } from "node:child_process";
import { setTimeout as wait } from "node:timers/promises";
import { cleanEnvironment } from "./gateway-process.ts";

export interface Ending {
  /** Exit code, or null after a signal. */
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A command that was begun as a person at a terminal does. */
export interface RunningCommand {
  /** What it printed so far. */
  readonly output: string;
  /** What it said on stderr so far, without npm's own lines. */
  readonly errors: string;
  /** Seconds since it was begun until the pattern stood in its output. Throws when it ends before. */
  printed(pattern: RegExp): Promise<number>;
  /** Ctrl-C: the terminal sends the signal to npm and everything under it. */
  interrupt(): void;
  ended: Promise<Ending>;
  /** Ends it by force where it still runs. */
  dispose(): Promise<void>;
}

/** `program` such as `npm`. Settings of this process that are meant for gateways and their tools are not handed on. */
export function runCommand(program: string, args: readonly string[]): RunningCommand {
  const begun = performance.now();
  const child = spawn(program, args, {
    // A group of its own, so that one signal reaches all of it, and nothing else.
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: cleanEnvironment(),
  });
  let output = "";
  let errors = "";
  let running = true;
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
  const ended = new Promise<Ending>((resolve, reject) => {
    child.once("error", reject);
    // Not "exit": what was said last is still on its way then.
    child.once("close", (code, signal) => {
      running = false;
      resolve({ code, signal });
    });
  });
  const signalGroup = (signal: NodeJS.Signals) => {
    if (running && child.pid !== undefined) process.kill(-child.pid, signal);
  };
  return {
    get output() {
      return output;
    },
    get errors() {
      return errors
        .split("\n")
        .filter((line) => !/^npm\b/.test(line))
        .join("\n");
    },
    async printed(pattern) {
      while (!pattern.test(output)) {
        if (!running) throw new Error(`${program} ${args.join(" ")} ended:\n${output}\n${errors}`);
        await wait(10);
      }
      return (performance.now() - begun) / 1000;
    },
    interrupt: () => signalGroup("SIGINT"),
    ended,
    async dispose() {
      signalGroup("SIGKILL");
      await ended;
    },
  };
}
