import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

/** What becomes of the bytes of a connection. "up": from who connected to the target; "down": the other way. */
export interface LineFault {
  /**
   * "cut" closes both ends in good order, "reset" breaks both, "stall" keeps both open and passes nothing more on, in
   * either direction, until the rule is released.
   */
  kind: "cut" | "reset" | "stall";
  /** How many bytes of this direction are passed on before; 0 when left out. */
  afterBytes?: number;
  /** "down" when left out: the target has acted then, and its answer is lost. */
  direction?: "up" | "down";
  /** How many connections it takes before it is used up; every one when left out. */
  times?: number;
}

export interface LineRule {
  /** Connections it has broken or stalled so far. */
  readonly taken: number;
  /** Lets stalled connections go on, and does not stall more. */
  release(): void;
  /** Touches no more connections. */
  remove(): void;
}

interface ActiveRule extends LineRule {
  fault: LineFault;
  take(): boolean;
  released: Promise<void>;
}

/** What both directions of a connection wait for before they pass anything on. */
interface Gate {
  opens: Promise<void>;
}

/**
 * Passes the bytes of TCP connections on to a port of this machine, whatever they mean, and fails as told: for what
 * speaks no HTTP, such as PostgreSQL, and for faults below HTTP. Rules count bytes from when they were added, so that a
 * connection that has been there for long can be broken at a point of its next answer.
 */
export class FaultLine {
  readonly #server: Server;
  readonly #target: { host: string; port: number };
  readonly #open = new Set<Socket>();
  #rules: ActiveRule[] = [];
  #connections = 0;
  #refusing = false;

  private constructor(target: { host: string; port: number }) {
    this.#target = target;
    this.#server = createServer({ allowHalfOpen: true }, (near) => this.#carry(near));
  }

  /** Listens on a free loopback port. */
  static async start(target: { host?: string; port: number }): Promise<FaultLine> {
    const line = new FaultLine({ host: "127.0.0.1", ...target });
    await new Promise<void>((resolve) => line.#server.listen(0, "127.0.0.1", resolve));
    return line;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** How many connections were made so far. */
  get connections(): number {
    return this.#connections;
  }

  /** Whether who connects from now on is reset at once, as if nobody listened. */
  set refusing(refusing: boolean) {
    this.#refusing = refusing;
  }

  fail(fault: LineFault): LineRule {
    let taken = 0;
    let release = () => {};
    const released = new Promise<void>((resolve) => (release = resolve));
    const rule: ActiveRule = {
      fault,
      released,
      get taken() {
        return taken;
      },
      take: () => {
        if (taken >= (fault.times ?? Infinity)) return false;
        taken += 1;
        return true;
      },
      release: () => {
        rule.remove();
        release();
      },
      remove: () => {
        this.#rules = this.#rules.filter((other) => other !== rule);
      },
    };
    this.#rules.push(rule);
    return rule;
  }

  /** Breaks all connections that there are now. */
  breakAll(): void {
    for (const socket of this.#open) socket.resetAndDestroy();
  }

  /** Removes all rules and lets stalled connections go on. */
  clear(): void {
    this.#refusing = false;
    for (const rule of this.#rules) rule.release();
  }

  async stop(): Promise<void> {
    this.clear();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#open) socket.destroy();
    await closed;
  }

  #carry(near: Socket): void {
    if (this.#refusing) {
      near.resetAndDestroy();
      return;
    }
    this.#connections += 1;
    const far = connect({ ...this.#target, allowHalfOpen: true });
    const ends = [near, far];
    for (const end of ends) {
      this.#open.add(end);
      end.setNoDelay(true);
      // One end that is gone takes the other with it, in the way it went.
      end.on("error", () => ends.forEach((other) => other.resetAndDestroy()));
      end.on("close", () => {
        this.#open.delete(end);
        ends.forEach((other) => other.destroy());
      });
    }
    /** One at a time for both directions: a stall in one is a stall in the other. */
    const gate: Gate = { opens: Promise.resolve() };
    this.#pass(near, far, "up", ends, gate);
    this.#pass(far, near, "down", ends, gate);
  }

  #pass(from: Socket, to: Socket, direction: "up" | "down", ends: readonly Socket[], gate: Gate): void {
    const counted = new Map<ActiveRule, number>();
    const taken = new Set<ActiveRule>();
    const handle = async (bytes: Buffer): Promise<void> => {
      await gate.opens;
      const rule = this.#rules.find(
        (one) => (one.fault.direction ?? "down") === direction && !taken.has(one) && mayTake(one),
      );
      if (rule === undefined) {
        to.write(bytes);
        return;
      }
      const before = counted.get(rule) ?? 0;
      const room = (rule.fault.afterBytes ?? 0) - before;
      if (bytes.length <= room) {
        counted.set(rule, before + bytes.length);
        to.write(bytes);
        return;
      }
      if (!rule.take()) {
        to.write(bytes);
        return;
      }
      taken.add(rule);
      const first = bytes.subarray(0, Math.max(0, room));
      if (first.length > 0) await new Promise<void>((resolve) => to.write(first, () => resolve()));
      if (rule.fault.kind === "stall") {
        gate.opens = rule.released;
        await rule.released;
        to.write(bytes.subarray(first.length));
      } else if (rule.fault.kind === "reset") ends.forEach((end) => end.resetAndDestroy());
      else ends.forEach((end) => end.end());
    };
    // Pieces keep their order, however long one of them has to wait.
    let last: Promise<void> = Promise.resolve();
    from.on("data", (bytes: Buffer) => {
      last = last.then(() => handle(bytes));
    });
    from.on("end", () => {
      last = last.then(() => void to.end());
    });
  }
}

function mayTake({ fault, taken }: ActiveRule): boolean {
  return taken < (fault.times ?? Infinity);
}
