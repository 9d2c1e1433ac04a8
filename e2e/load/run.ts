import { setTimeout as wait } from "node:timers/promises";
import { cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { makeTokens } from "#e2e/bench/tokens.ts";
import { GatewayProcess } from "#e2e/gateway-process.ts";
import { ensureBuilt } from "#scripts/build.ts";
import { type StartedServer, startBareServer } from "./bare-server.ts";
import { judgeMemory, judgeSpeed, megabytes, perSecond, targets, type Verdict } from "./judge.ts";
import { readProcess, watchProcessor } from "./machine.ts";
import { type Asked, Requests, titles } from "./operations.ts";
import { type LoadRequest, percentile, runStep, type StepResult } from "./step.ts";

const USAGE = "npm run load -- [--minutes 5] [--seconds 5] [--connections 1,8,32,128]";
const TOKENS = 10_000;
/** The gateway's own limit, its default. */
const MOST_REQUESTS = 500;
/** Of a thousand requests of the long run. The rest are lists with their validator. */
const MIX: Partial<Record<Asked, number>> = { whole: 10, page: 20, create: 5, revoke: 5 };
const LIGHT = { connections: 8, seconds: 1 };

const { values: flags } = parseArgs({
  options: {
    /** How long memory is watched. */
    minutes: { type: "string", default: "5" },
    /** How long each step takes. */
    seconds: { type: "string", default: "5" },
    connections: { type: "string", default: "1,8,32,128" },
  },
});
const minutes = Number(flags.minutes);
const seconds = Number(flags.seconds);
const concurrency = flags.connections.split(",").map(Number);
const isWhole = (value: number) => Number.isSafeInteger(value) && value > 0;
if (!(minutes > 0) || !(seconds > 0) || !concurrency.every(isWhole)) {
  console.error(USAGE);
  process.exit(2);
}
if (process.platform !== "linux") {
  console.error("npm run load reads from /proc what the gateway uses: it needs Linux.");
  process.exit(2);
}
// Otherwise a gateway that was started here would go on without us.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));

const verdicts: Verdict[] = [];
const othersSeen: number[] = [];

interface Line extends StepResult {
  what: string;
  connections: number;
  cpuMillis: number;
  otherCores: number;
  resident: number;
}

async function measure(
  what: string,
  { url, pid }: Pick<StartedServer, "url" | "pid">,
  connections: number,
  next: () => LoadRequest | undefined,
  forSeconds = seconds,
): Promise<Line> {
  const stopWatching = await watchProcessor(pid);
  const result = await runStep({ url, connections, seconds: forSeconds, next });
  const { gateway, otherCores } = await stopWatching();
  othersSeen.push(otherCores);
  const { resident } = await readProcess(pid);
  const all = result.good + result.shed;
  const line = {
    ...result,
    what,
    connections,
    cpuMillis: (gateway / all) * 1000,
    otherCores,
    resident,
  };
  printLine(line);
  return line;
}

const COLUMNS = [
  ["", 32],
  ["connections", 11],
  ["a second", 8],
  ["p50 ms", 7],
  ["p99 ms", 7],
  ["shed", 7],
  ["errors", 6],
  ["CPU ms each", 11],
  ["memory MB", 9],
  ["other work, cores", 17],
] as const;

function printRow(cells: readonly string[], fill = " "): void {
  const padded = COLUMNS.map(([, width], at) =>
    at === 0 ? (cells[at] ?? "").padEnd(width, fill) : (cells[at] ?? "").padStart(width, fill),
  );
  console.log(`| ${padded.join(" | ")} |`);
}

function printHead(): void {
  printRow(COLUMNS.map(([title]) => title));
  printRow(
    COLUMNS.map((_, at) => (at === 0 ? "" : ":")),
    "-",
  );
}

function printLine(line: Line): void {
  const faults = [...line.errors].map(([what, times]) => `${String(times)} × ${what}`);
  printRow([
    line.what,
    String(line.connections),
    perSecond(line).toFixed(0),
    percentile(line.millis, 0.5).toFixed(1),
    percentile(line.millis, 0.99).toFixed(1),
    String(line.shed),
    faults.length === 0 ? "0" : faults.join(", "),
    line.cpuMillis.toFixed(2),
    megabytes(line.resident),
    line.otherCores.toFixed(1),
  ]);
}

const startGateway = () =>
  GatewayProcess.start({
    importTokens: makeTokens(TOKENS),
    // One caller does it all.
    args: ["--mutation-rate", "1000000", "--max-requests", String(MOST_REQUESTS)],
    keepsLog: false,
  });

/** What was acknowledged against what the database holds after the process was killed. */
async function judgeDurability(gateway: GatewayProcess, requests: Requests): Promise<Verdict> {
  await gateway.kill();
  const rows = await gateway.databaseRows("select id, description, revoked_at from database_tokens");
  const byId = new Map(rows.map((row) => [row["id"], row]));
  const lost =
    [...requests.created].filter((id) => !byId.has(id)).length +
    [...requests.revoked].filter((id) => typeof byId.get(id)?.["revoked_at"] !== "string").length;
  const unheard = rows.filter(
    ({ id, description }) => String(description).startsWith("Load ") && !requests.created.has(String(id)),
  ).length;
  return {
    what: "after kill -9 the database holds each acknowledged change and no refused one",
    found: `${String(requests.created.size + requests.revoked.size)} acknowledged, ${String(lost)} lost, ${String(unheard)} refused and done`,
    isMet: lost === 0 && unheard === 0,
  };
}

async function rise(): Promise<void> {
  const bare = await startBareServer();
  let comparison: Line;
  try {
    printHead();
    const next = (): LoadRequest => ({ method: "GET", path: "/", headers: {}, good: [304] });
    await runStep({ url: bare.url, connections: 32, seconds: Math.min(seconds, 2), next });
    comparison = await measure("node:http alone, 304", bare, 32, next);
  } finally {
    await bare.stop();
  }
  const gateway = await startGateway();
  try {
    const requests = await Requests.to(gateway);
    const lines = new Map<Asked, Line[]>();
    for (const asked of ["validated", "whole", "page", "create", "revoke"] as const) {
      const next = () => requests.next(asked);
      // Compiled, and its caches filled, before anything counts.
      await runStep({ url: gateway.url, connections: 8, seconds: Math.min(seconds, 3), next });
      const steps: Line[] = [];
      for (const connections of concurrency) {
        steps.push(await measure(titles[asked], gateway, connections, next));
      }
      lines.set(asked, steps);
    }
    const all = [...lines.values()].flat();
    verdicts.push(
      judgeSpeed(titles.validated, targets.reads, lines.get("validated") ?? []),
      judgeSpeed(titles.create, targets.changes, lines.get("create") ?? []),
      judgeSpeed(titles.revoke, targets.changes, lines.get("revoke") ?? []),
      {
        what: "no error, and nothing shed up to 128 connections",
        found: `${String(all.reduce((sum, { errors }) => sum + errors.size, 0))} kinds of error, ${String(all.reduce((sum, { shed }) => sum + shed, 0))} shed`,
        isMet: all.every(({ errors, shed }) => errors.size === 0 && shed === 0),
      },
      await judgeDurability(gateway, requests),
    );
    const reads = lines.get("validated") ?? [];
    const least = Math.min(...reads.map(({ cpuMillis }) => cpuMillis));
    console.log(
      `\nA list with its validator takes ${least.toFixed(2)} ms of processor time, node:http alone ${comparison.cpuMillis.toFixed(2)} ms.`,
    );
  } finally {
    await gateway.dispose();
  }
}

async function watchMemory(gateway: GatewayProcess, requests: Requests): Promise<void> {
  console.log(`\nMixed load for ${String(minutes)} minutes, memory each second:`);
  const ofAThousand = Object.entries(MIX).flatMap(([asked, times]) =>
    Array.from({ length: times }, () => asked),
  );
  let sent = 0;
  const next = () => {
    // Spread evenly: 40 of a thousand are something else than the list with its validator.
    const asked = sent % 25 === 0 ? ofAThousand[(sent / 25) % ofAThousand.length] : undefined;
    sent++;
    return requests.next((asked ?? "validated") as Asked);
  };
  const samples: number[] = [];
  const sampling = setInterval(() => {
    void readProcess(gateway.pid).then(
      ({ resident }) => samples.push(resident),
      () => undefined,
    );
  }, 1000);
  try {
    printHead();
    const line = await measure("mixed", gateway, 8, next, minutes * 60);
    verdicts.push(judgeMemory(samples, minutes), {
      what: "no error in the long run",
      found: `${String(line.good)} requests, ${String(line.errors.size)} kinds of error`,
      isMet: line.errors.size === 0 && line.shed === 0,
    });
  } finally {
    clearInterval(sampling);
  }
}

async function overload(gateway: GatewayProcess, requests: Requests): Promise<void> {
  const connections = 3 * MOST_REQUESTS;
  console.log(`\nThree times as many requests at once as the gateway takes, which come again at once:`);
  printHead();
  const light = () => requests.next("validated");
  const before = await measure("before", gateway, LIGHT.connections, light, LIGHT.seconds);
  // On a machine with other work it is late before, too.
  const inTime = Math.max(targets.reads.p99, 2 * percentile(before.millis, 0.99));
  const probes: { status: number; millis: number }[] = [];
  const end = new AbortController();
  const probing = (async () => {
    while (!end.signal.aborted) {
      const from = performance.now();
      const { status } = await gateway.api("/healthz");
      probes.push({ status, millis: performance.now() - from });
      await wait(250);
    }
  })();
  let turn = 0;
  const heavy = () => requests.next(turn++ % 2 === 0 ? "create" : "whole");
  const line = await measure("overload", gateway, connections, heavy, Math.max(seconds, 5));
  end.abort();
  const over = performance.now();
  await probing;
  let isBack = false;
  let took = Number.POSITIVE_INFINITY;
  while (!isBack && performance.now() - over < 30_000) {
    took = (performance.now() - over) / 1000;
    const after = await measure("after", gateway, LIGHT.connections, light, LIGHT.seconds);
    isBack = after.errors.size === 0 && after.shed === 0 && percentile(after.millis, 0.99) < inTime;
  }
  const slowest = Math.max(...probes.map(({ millis }) => millis));
  verdicts.push(
    {
      what: "overload: what is too much is shed with 503 and Retry-After, nothing else fails",
      found: `${String(line.good)} done, ${String(line.shed)} shed (p99 ${percentile(line.shedMillis, 0.99).toFixed(0)} ms), ${String(line.errors.size)} kinds of error`,
      isMet: line.shed > 0 && line.good > 0 && line.errors.size === 0,
    },
    {
      what: `overload: /healthz is answered with 200 within ${String(targets.probe / 1000)} s throughout`,
      found: `${String(probes.length)} times, ${slowest.toFixed(0)} ms at the most`,
      isMet: probes.length > 0 && probes.every(({ status }) => status === 200) && slowest < targets.probe,
    },
    {
      what: `after it, by itself: nothing shed and p99 under ${inTime.toFixed(0)} ms within ${String(targets.recovery)} s`,
      found: isBack ? `after ${took.toFixed(1)} s` : "not within 30 s",
      isMet: isBack && took <= targets.recovery,
    },
    await judgeDurability(gateway, requests),
  );
}

const [cpu] = cpus();
await ensureBuilt((line) => console.log(line));
console.log(
  `One gateway with ${String(TOKENS)} tokens in a file, on loopback. ${cpu?.model.trim() ?? "Unknown processor"}, ` +
    `${String(cpus().length)} cores, Node ${process.versions.node}; load average before: ${loadavg()[0]?.toFixed(1) ?? "?"}.\n`,
);
await rise();
const gateway = await startGateway();
try {
  const requests = await Requests.to(gateway);
  await watchMemory(gateway, requests);
  await overload(gateway, requests);
} finally {
  await gateway.dispose();
}

console.log("");
for (const { what, found, isMet } of verdicts)
  console.log(`${isMet ? "met   " : "MISSED"} ${what}: ${found}`);
const missed = verdicts.filter(({ isMet }) => !isMet).length;
const others = othersSeen.reduce((sum, one) => sum + one, 0) / othersSeen.length;
if (others > 0.2) {
  console.log(
    `Other work kept ${others.toFixed(1)} of ${String(cpus().length)} cores busy: throughput and times are not those of a free machine.`,
  );
}
console.log(
  missed === 0
    ? "All targets are met."
    : `${String(missed)} of ${String(verdicts.length)} targets are missed.`,
);
process.exitCode = missed === 0 ? 0 : 1;
