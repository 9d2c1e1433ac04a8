/**
 * Limits of processor time that hold on a machine others use too. Waiting for a core is not in such times, but what the
 * neighbours do to a core that one has is: shared caches, the other half of the core, a host that takes it away.
 */

/**
 * What the fixed work costs where nothing disturbs it: milliseconds of the processor's time. Three times a thousand runs
 * on a machine with two cores: 2.0 to 2.2 for the fastest, 2.9 with the other core busy, 3.5 for the slowest.
 */
export const FIXED_WORK_QUIET = 2.2;

/** Beyond it a limit says nothing any more: slow code would hide behind a slow machine. */
const SLOWEST = 3;

const TRIES = 3;

/**
 * Makes what does always the same work, for how slow the machine is at the moment. Sorted without a function that compares,
 * so that the engine's own code does it and no compiler makes it faster in between. Stands alone: pages get it as text.
 */
export function makeFixedWork(): () => void {
  const numbers = new Float64Array(20_000);
  let number = 1;
  for (let at = 0; at < numbers.length; at++) {
    number = (number * 48_271) % 2_147_483_647;
    numbers[at] = number;
  }
  const sorted = new Float64Array(numbers.length);
  return () => {
    sorted.set(numbers);
    sorted.sort();
  };
}

/** What the fixed work costs in this process now, in milliseconds of its processor's time. */
export function fixedWorkNow(): number[] {
  const work = makeFixedWork();
  work();
  return Array.from({ length: 9 }, () => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  });
}

export interface Try {
  /** Milliseconds of the processor's time, of each thing that the limit is for. */
  took: readonly number[];
  /** What the fixed work cost meanwhile, each time; at least once. */
  fixedWork: readonly number[];
}

/** How much slower than a quiet machine; below 1 on a faster one. */
export function slowness({ fixedWork }: Try): number {
  const middle = fixedWork.toSorted((left, right) => left - right)[Math.floor(fixedWork.length / 2)];
  if (middle === undefined) throw new Error("Nothing says how slow the machine was.");
  return middle / FIXED_WORK_QUIET;
}

/**
 * Throws unless in one of three tries nothing took longer than the limit (milliseconds), which is stretched by as much as
 * the fixed work was slower than on a quiet machine: never to less than itself, and to three times at the most. A try
 * that something disturbed proves nothing; what is slow itself is so in every one.
 */
export async function expectWithin(limit: number, attempt: (number: number) => Promise<Try>): Promise<void> {
  const told: string[] = [];
  for (let number = 1; number <= TRIES; number++) {
    const measured = await attempt(number);
    const slow = slowness(measured);
    const allowed = limit * Math.min(Math.max(slow, 1), SLOWEST);
    const over = measured.took.filter((millis) => millis > allowed);
    if (over.length === 0) return;
    const times = over.map((millis) => millis.toFixed(1)).join(", ");
    told.push(
      `${times} ms where ${allowed.toFixed(1)} are allowed, the machine ${slow.toFixed(2)} times as slow`,
    );
  }
  throw new Error(`Longer than ${limit} ms in each of ${TRIES} tries:\n${told.join("\n")}`);
}
