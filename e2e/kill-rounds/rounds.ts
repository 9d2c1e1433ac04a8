import { setTimeout as wait } from "node:timers/promises";
import { problemSchema } from "#contract/problem.ts";
import { ABANDONED_AFTER } from "#server/activity/abandoned-deeds.ts";
import { LEASE } from "#server/operations/operation-store.ts";
import { SeededRandom } from "#server/database/seeded-random.ts";
import { GatewayProcess } from "#e2e/gateway-process.ts";
import {
  type Change,
  isAcknowledged,
  newToken,
  nextChange,
  readTag,
  sendChange,
  takeOver,
} from "./change.ts";
import {
  type Fault,
  countOpenDeeds,
  judgeActivity,
  judgeCutOff,
  judgeList,
  judgeRecord,
  judgeRepeat,
  judgeRows,
  judgeTokens,
  type Report,
} from "./judge.ts";
import { type EngineName, openStore, type Store } from "./store.ts";

export interface Plan {
  engine: EngineName;
  rounds: number;
  /** The same seed makes the same changes and kills at the same instants; what is under way then is up to the machine. */
  seed: number;
  program?: readonly string[];
  /** Told after each round. */
  onRound?: (line: string) => void;
}

export interface Tally extends Record<Fault, number> {
  rounds: number;
  /** Rounds in which the database server was killed too. */
  serverKills: number;
  /** Mutations that were sent. */
  operations: number;
  acknowledged: number;
  /** No answer came, or none that settled it. */
  cutOff: number;
  /** What is wrong, in words. */
  faults: string[];
}

const WORKERS = 8;
/** A gateway looks for what was left behind as often as a lease lasts; then it takes a moment. */
const SETTLED_WITHIN = 2 * LEASE + 15_000;
/**
 * Whoever settles an operation may be killed before it ends its deeds, too: a gateway finds them when they are old, and looks
 * for them as often.
 */
const ENDED_WITHIN = 2 * ABANDONED_AFTER + 30_000;

/** Kills a gateway again and again while it is being told to change tokens, and looks at what is left each time. */
export async function runKillRounds(plan: Plan): Promise<Tally> {
  const tally: Tally = {
    rounds: 0,
    serverKills: 0,
    operations: 0,
    acknowledged: 0,
    cutOff: 0,
    lost: 0,
    half: 0,
    untrue: 0,
    unreconciled: 0,
    faults: [],
  };
  const random = new SeededRandom(plan.seed);
  const store = await openStore(plan.engine);
  let gateway: GatewayProcess | undefined;
  try {
    gateway = await GatewayProcess.start({
      args: ["--no-sample"],
      env: store.env,
      ...(plan.program === undefined ? {} : { program: plan.program }),
    });
    const waiting: Change[] = [];
    const all: Change[] = [];
    for (let round = 1; round <= plan.rounds; round++) {
      const report: Report = (fault, words) => {
        tally[fault]++;
        tally.faults.push(`round ${String(round)}, ${fault}: ${words}`);
      };
      const line = await killOnce({ gateway, store, random, round, tally, report, waiting, all });
      tally.rounds++;
      plan.onRound?.(line);
    }
    await judgeEnd({ gateway, store, tally, waiting, all });
  } finally {
    await gateway?.dispose();
    await store.stop();
  }
  return tally;
}

interface Round {
  gateway: GatewayProcess;
  store: Store;
  random: SeededRandom;
  round: number;
  tally: Tally;
  report: Report;
  /** Changes whose lease lasts: they are asked about in the end. */
  waiting: Change[];
  /** Of all rounds. */
  all: Change[];
}

async function killOnce(options: Round): Promise<string> {
  const { gateway, store, random, round, tally, report, waiting, all } = options;
  const changes: Change[] = [];
  const life = { isOver: false };
  const killGateway = async () => {
    // What is under way goes down with it; nobody sends anything to a port where nobody is.
    life.isOver = true;
    await gateway.kill();
  };
  // By what was answered, so that a slow machine has as much to lose as a quick one; and then in the middle of something.
  const answersBefore = random.integer(0, 60);
  let answers = 0;
  let letDie = () => {};
  const mayDie = new Promise<void>((resolve) => (letDie = resolve));
  const worker = async (number: number) => {
    const own = new SeededRandom(random.integer(0, 2 ** 31));
    for (let made = 1; !life.isOver; made++) {
      const token = newToken(`r${String(round)}w${String(number)}t${String(made)}`);
      for (let step = 1; !life.isOver; step++) {
        const change = nextChange(token, own, step);
        if (change === undefined) break;
        changes.push(change);
        const isSettled = await attempt(gateway, change);
        if (++answers >= answersBefore) letDie();
        if (!isSettled) break;
      }
    }
  };
  const workers = Array.from({ length: WORKERS }, (_, number) => worker(number));
  await Promise.race([mayDie, wait(10_000, undefined, { ref: false })]);
  await wait(random.fraction() * 20);
  const { kill } = store;
  const serverToo = kill !== undefined && round % 2 === 0;
  let how = "";
  if (serverToo) {
    tally.serverKills++;
    // Together, or one of them a moment earlier: then the gateway sees its database go.
    const [first, second] = [random.integer(0, 30), random.integer(0, 30)];
    const [, said] = await Promise.all([
      wait(first).then(killGateway),
      wait(second).then(() => kill(random)),
    ]);
    how = `, PostgreSQL too (${said})`;
  } else await killGateway();
  await Promise.all(workers);

  await store.revive();
  await gateway.restart();
  const acknowledged = changes.filter(({ answer }) => answer !== undefined && isAcknowledged(answer));
  const cutOff = changes.filter(({ answer }) => answer === undefined);
  for (const change of cutOff) change.isCutOff = true;
  all.push(...changes);
  tally.operations += changes.length;
  tally.acknowledged += acknowledged.length;
  tally.cutOff += cutOff.length;

  const opened = await store.open(gateway.dataDir);
  try {
    const { db } = opened;
    await judgeTokens(db, changes, report);
    await judgeRows(db, report);
    await judgeActivity(db, changes, report);
    await judgeList(gateway, db, report);
    for (const change of acknowledged.slice(-WORKERS)) await judgeRepeat(gateway, change, report);
    for (const change of cutOff) {
      if (!(await judgeCutOff(gateway, db, change, report))) waiting.push(change);
    }
  } finally {
    await opened.close();
  }
  return `${store.engine}, round ${String(round)}: ${String(acknowledged.length)} acknowledged, ${String(cutOff.length)} cut off${how}`;
}

/** False when nothing more may be made of this token: what came of the change is not known. */
async function attempt(gateway: GatewayProcess, change: Change): Promise<boolean> {
  try {
    const answer = await sendChange(gateway, change);
    if (isAcknowledged(answer)) {
      change.answer = answer;
      takeOver(change, answer);
      if (change.action === "create") await readTag(gateway, change.token);
      return true;
    }
    const problem = problemSchema.safeParse(answer.json());
    // Of a gateway that lost its database: what was done, only asking tells. Nobody hammers on it.
    if (answer.status >= 500 && problem.success) await wait(20);
    else throw new Error(`${change.action} was answered with ${String(answer.status)}: ${answer.text}`);
    return false;
  } catch (error) {
    // Only a connection that broke is what this is about.
    if (!(error instanceof Error && "code" in error)) throw error;
    return false;
  }
}

/** Waits until every lease of the killed gateways has ended and was looked at, and asks about what still waits. */
async function judgeEnd({
  gateway,
  store,
  tally,
  waiting,
  all,
}: Pick<Round, "gateway" | "store" | "tally" | "waiting" | "all">): Promise<void> {
  const report: Report = (fault, words) => {
    tally[fault]++;
    tally.faults.push(`in the end, ${fault}: ${words}`);
  };
  const opened = await store.open(gateway.dataDir);
  try {
    const { db } = opened;
    const started = () =>
      db.selectFrom("operations").select("key_hash").where("state", "=", "started").execute();
    await until(SETTLED_WITHIN, async () => (await started()).length === 0);
    for (const { key_hash: hash } of await started()) report("unreconciled", `operation ${hash}`);
    for (const change of waiting) {
      if (!(await judgeCutOff(gateway, db, change, report))) {
        report("unreconciled", `${change.action} ${change.token.name}`);
      }
    }
    await until(ENDED_WITHIN, async () => (await countOpenDeeds(db)) === 0);
    await judgeRecord(db, all, { mayMiss: () => tally.serverKills > 0 }, report);
  } finally {
    await opened.close();
  }
}

/** Asks until it is so; after so many milliseconds it is given up. */
async function until(limit: number, isSo: () => Promise<boolean>): Promise<void> {
  const giveUpAt = performance.now() + limit;
  while (!(await isSo()) && performance.now() < giveUpAt) await wait(500);
}

/** One line for a person. */
export function tallyLine(engine: EngineName, tally: Tally): string {
  const counts = [
    `${String(tally.rounds)} rounds${tally.serverKills > 0 ? ` (${String(tally.serverKills)} with the database server)` : ""}`,
    `${String(tally.operations)} operations`,
    `${String(tally.acknowledged)} acknowledged`,
    `${String(tally.cutOff)} cut off`,
    `lost ${String(tally.lost)}`,
    `half ${String(tally.half)}`,
    `untrue ${String(tally.untrue)}`,
    `unreconciled ${String(tally.unreconciled)}`,
  ];
  return `${engine.padEnd(8)}  ${counts.join(", ")}`;
}
