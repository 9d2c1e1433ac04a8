import * as fc from "fast-check";
import type { Fault, FaultProxy, Rule } from "#e2e/fault-proxy.ts";

const HTML = { "Content-Type": "text/html" };

const faults = {
  "is lost on its way": { kind: "reset-before-forwarding" },
  "is done, and the answer lost": { kind: "forward-then-reset" },
  "arrives twice": { kind: "duplicate" },
  "is done, and the answer cut": { kind: "cut", afterBytes: 7 },
  "is answered by a broken proxy": { kind: "answer", status: 502, headers: HTML, body: "<p>Bad gateway" },
  "is answered by a sign-in page": { kind: "answer", status: 200, headers: HTML, body: "<p>Welcome" },
} as const satisfies Record<string, Fault>;

type FaultName = keyof typeof faults;
const names = Object.keys(faults).filter((name): name is FaultName => name in faults);
/** For what is only read, arriving twice is nothing. */
const readFaults = names.filter((name) => faults[name].kind !== "duplicate");

const METHODS = ["POST", "PATCH", "DELETE"] as const;
const CHANGES = /^\/api\/(?!operations\/)/;

/** What goes wrong on one client's line while it does one thing. */
export class Troubles {
  readonly #change: FaultName | undefined;
  readonly #isOfDelete: boolean;
  readonly #read: FaultName;
  readonly #reads: number;

  /** `change`: what becomes of what it sends first; `isOfDelete`: of its first DELETE alone. `reads`: so many of its readings after that go wrong as `read` says. */
  constructor(change: FaultName | undefined, isOfDelete: boolean, read: FaultName, reads: number) {
    this.#change = change;
    this.#isOfDelete = isOfDelete;
    this.#read = read;
    this.#reads = reads;
  }

  /** Whether what is sent comes to the gateway twice. */
  get isDoubled(): boolean {
    return this.#change === "arrives twice" && !this.#isOfDelete;
  }

  get areNone(): boolean {
    return this.#change === undefined && this.#reads === 0;
  }

  /** Ends what it has laid by calling what it returns. */
  lay(proxy: FaultProxy): () => void {
    const rules: Rule[] = [];
    if (this.#change !== undefined) {
      const fault = faults[this.#change];
      for (const method of this.#isOfDelete ? (["DELETE"] as const) : METHODS) {
        rules.push(proxy.fail({ method, path: CHANGES, times: 1 }, fault));
      }
    }
    if (this.#reads > 0) {
      const fault = faults[this.#read];
      rules.push(
        proxy.fail({ method: "GET", path: /^\/api\//, times: this.#reads }, fault),
        proxy.fail({ method: "POST", path: "/api/operations/settlement", times: this.#reads }, fault),
      );
    }
    return () => {
      for (const rule of rules) rule.remove();
    };
  }

  toString(): string {
    const parts = [
      ...(this.#change === undefined ? [] : [`${this.#isOfDelete ? "its DELETE" : "it"} ${this.#change}`]),
      ...(this.#reads === 0
        ? []
        : [`${this.#reads > 8 ? "all it reads" : `${String(this.#reads)} × what it reads`} ${this.#read}`]),
    ];
    return parts.length === 0 ? "" : ` (${parts.join("; ")})`;
  }
}

export const anyTroubles: fc.Arbitrary<Troubles> = fc
  .tuple(
    fc.option(fc.constantFrom(...names), { nil: undefined, freq: 3 }),
    fc.boolean(),
    fc.constantFrom(...readFaults),
    // One may be read over; nine are more than anything reads.
    fc.constantFrom(0, 0, 0, 1, 3, 9),
  )
  .map(([change, isOfDelete, read, reads]) => new Troubles(change, isOfDelete, read, reads));
