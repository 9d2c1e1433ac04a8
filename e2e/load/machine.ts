import { readFile } from "node:fs/promises";
import { cpus } from "node:os";

/** Clock ticks a second of /proc: 100 on every Linux there is today. */
const TICKS = 100;

/** Seconds of processor time that a process has used so far, and the bytes of memory it has resident. Linux only. */
export async function readProcess(pid: number): Promise<{ cpuSeconds: number; resident: number }> {
  const [stat, status] = await Promise.all(
    ["stat", "status"].map((name) => readFile(`/proc/${String(pid)}/${name}`, "utf8")),
  );
  // After the name, which may hold anything, the third column is the state; the 14th and 15th are the times.
  const columns = stat?.slice(stat.lastIndexOf(")") + 2).split(" ") ?? [];
  const resident = /^VmRSS:\s+(\d+) kB$/m.exec(status ?? "")?.[1];
  const cpuSeconds = (Number(columns[11]) + Number(columns[12])) / TICKS;
  if (resident === undefined || Number.isNaN(cpuSeconds)) {
    throw new Error(`The system does not say what process ${String(pid)} uses.`);
  }
  return { cpuSeconds, resident: Number(resident) * 1024 };
}

export interface Spent {
  /** Seconds of processor time of the gateway. */
  gateway: number;
  /** How many cores everything but the gateway and this process kept busy. */
  otherCores: number;
}

/** What is spent until the function it returns is called. */
export async function watchProcessor(pid: number): Promise<() => Promise<Spent>> {
  const read = async () => ({
    at: performance.now() / 1000,
    gateway: (await readProcess(pid)).cpuSeconds,
    self: ownSeconds(),
    all: busySeconds(),
  });
  const before = await read();
  return async () => {
    const after = await read();
    const gateway = after.gateway - before.gateway;
    const others = after.all - before.all - gateway - (after.self - before.self);
    return { gateway, otherCores: Math.max(0, others / (after.at - before.at)) };
  };
}

function ownSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function busySeconds(): number {
  let millis = 0;
  for (const { times } of cpus()) millis += times.user + times.nice + times.sys + times.irq;
  return millis / 1000;
}
