import type { Permission } from "#contract/permission.ts";
import type { Token } from "#contract/token.ts";

const PURPOSES = [
  "Telegraf",
  "CI writer",
  "Grafana dashboard",
  "Edge gateway",
  "Backup job",
  "Kapacitor alerts",
  "センサー読み取り",
  "Датчик склада",
  "Αισθητήρας",
  "مراقبة المصنع",
  "कार्यशाला मीटर",
  "Zähler Gebäude",
  "température atelier",
  "🌡️ greenhouse",
];
const PLACES = [
  "Oslo",
  "København",
  "München",
  "Kraków",
  "東京",
  "서울",
  "São Paulo",
  "القاهرة",
  "Praha",
  "Austin",
];
const DATABASES = ["plant", "fleet", "weather", "energy", "ci", "ops", "audit", "lab", "billing", "edge/raw"];
const DAY = 86_400_000;
/** Fixed, so that a list is the same in every run; far from any expiry it could make a difference to. */
const NOW = Date.UTC(2026, 0, 1);

/** A small seeded generator (mulberry32): the same numbers on every machine. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A list as the Management API answers it: texts in several scripts, four in five tokens active. */
export function makeTokens(count: number, seed = 1): Token[] {
  const next = random(seed);
  const whole = (below: number) => Math.floor(next() * below);
  const pick = (words: readonly string[]) => words[whole(words.length)] ?? "";
  const hex = (digits: number) => Array.from({ length: digits }, () => whole(16).toString(16)).join("");
  return Array.from({ length: count }, (_, index) => {
    const permissions: Permission[] = Array.from({ length: 1 + whole(3) }, () => ({
      action: next() < 0.5 ? "read" : "write",
      resource: next() < 0.03 ? "*" : pick(DATABASES),
    }));
    const token: Token = {
      id: `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`,
      description: `${pick(PURPOSES)} ${pick(PLACES)} ${String(whole(count))}`,
      permissions,
      // No two alike: the order by creation has one answer.
      createdAt: new Date(NOW - index * 60_000 - whole(59_000)).toISOString(),
    };
    const fate = next();
    if (fate < 0.1) token.revokedAt = new Date(NOW - whole(300) * DAY).toISOString();
    else if (fate < 0.2) token.expiresAt = new Date(NOW - whole(300) * DAY).toISOString();
    else if (fate < 0.5) token.expiresAt = new Date(NOW + (3650 + whole(3650)) * DAY).toISOString();
    return token;
  });
}

/** What a person sees of a list: how many rows, and what stands in the first one. */
export interface Shown {
  count: number;
  /** A text that the first row must contain; empty when there is no row. */
  first: string;
}

/** The list that every application must show, worked out the plain way. */
export class Expected {
  #active: Token[];

  constructor(tokens: readonly Token[]) {
    this.#active = tokens
      .filter((token) => token.revokedAt === undefined && !(Date.parse(token.expiresAt ?? "") <= Date.now()))
      .toSorted((left, right) => (left.id < right.id ? -1 : 1));
  }

  all(): Shown {
    return shown(this.#active);
  }

  first(): Token {
    const [token] = this.#active;
    if (token === undefined) throw new Error("There is no active token left.");
    return token;
  }

  last(): Token {
    const token = this.#active.at(-1);
    if (token === undefined) throw new Error("There is no active token left.");
    return token;
  }

  /** Plain ASCII queries: an accent- and case-blind search must agree on those with a simple one. */
  search(text: string): Shown {
    const terms = text.toLowerCase().split(" ").filter(Boolean);
    const found = this.#active.filter((token) => {
      const haystack = `${token.description}\n${token.id}`
        .normalize("NFD")
        .replaceAll(/\p{M}/gu, "")
        .toLowerCase();
      return terms.every((term) => haystack.includes(term));
    });
    return shown(found);
  }

  oldestFirst(): Shown {
    return shown(this.#active.toSorted((left, right) => (left.createdAt < right.createdAt ? -1 : 1)));
  }

  /**
   * What may come first in a natural order of descriptions: numbers count by their value in all of them, but
   * dictionaries put symbols before letters and code points after.
   */
  firstByDescription(): string[] {
    const dictionary = new Intl.Collator("en", { numeric: true });
    const key = ({ description }: Token) =>
      description.toLowerCase().replaceAll(/\d+/g, (digits) => digits.padStart(16, "0"));
    return [
      this.#active.toSorted((left, right) => dictionary.compare(left.description, right.description)),
      this.#active.toSorted((left, right) => (key(left) < key(right) ? -1 : 1)),
    ].map((tokens) => shown(tokens).first);
  }

  remove(token: Token): void {
    this.#active = this.#active.filter((other) => other !== token);
  }
}

function shown(tokens: readonly Token[]): Shown {
  return { count: tokens.length, first: tokens[0]?.description ?? "" };
}
