import type { Token, TokenStatus } from "#contract/token.ts";
import { toInstant } from "#server/clock.ts";
import { sampleDatabases, sampleFamilies } from "./sample-families.ts";
import { oddOnes } from "./sample-odd-ones.ts";
import { SeededRandom } from "./seeded-random.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const SEED = 0x746f6b65;

/** Active tokens among all, at the reference instant. */
const ACTIVE = 612;

export interface SampleData {
  databases: { name: string; retentionPeriod: number; createdAt: string }[];
  tokens: Token[];
  managementTokens: SampleManagementToken[];
}

export interface SampleManagementToken {
  id: string;
  description: string;
  tokenPrefix: string;
  createdBy: string;
  createdAt: string;
  expiresAt?: string;
  revokedAt?: string;
}

/** What is decided about a token before its dates are. */
interface Plan {
  id: string;
  description: string;
  permissions: Token["permissions"];
  /** Days until it expires, if it does. */
  lifetime: number | undefined;
  /** Days since it was made, where that is fixed. */
  age: number | undefined;
  status: TokenStatus;
}

/**
 * A cluster that looks lived in, the same on every machine but for its dates: those hang on `now`
 * (milliseconds), rounded to the hour, so that what expires in five days does so whenever the gateway first
 * starts. Holds no secret and no hash of one.
 */
export function sampleData(now: number): SampleData {
  const reference = Math.floor(now / HOUR) * HOUR;
  const random = new SeededRandom(SEED);
  return {
    databases: sampleDatabases.map(({ name, retentionPeriod }, index) => ({
      name,
      retentionPeriod,
      createdAt: toInstant(reference - 1500 * DAY + index * 11 * DAY),
    })),
    tokens: planTokens(random).map((plan) => toSampleToken(plan, reference, random)),
    managementTokens: sampleManagementTokens(reference),
  };
}

function planTokens(random: SeededRandom): Plan[] {
  const odd = oddOnes.map(({ description, permissions, status, lifetime }): Plan => {
    return { id: random.uuid(), description, permissions, status, lifetime, age: undefined };
  });
  const usual = sampleFamilies.flatMap((family) =>
    Array.from({ length: family.count }, (_, index): Plan & { turnover: number } => ({
      id: random.uuid(),
      description: family.describe(index, random),
      permissions: withoutRepeats(family.permissions(random, index)),
      lifetime: random.pick(family.lifetimes),
      age: family.age?.(index),
      status: "active",
      // The higher, the sooner it is revoked or expires; chance decides within a family.
      turnover: family.turnover * random.fraction(),
    })),
  );
  const active = ACTIVE - odd.filter(({ status }) => status === "active").length;
  usual.sort((a, b) => a.turnover - b.turnover);
  for (const plan of usual.slice(active)) {
    plan.status = plan.lifetime !== undefined && random.fraction() < 0.6 ? "expired" : "revoked";
  }
  return [...odd, ...usual];
}

function withoutRepeats(permissions: Token["permissions"]): Token["permissions"] {
  const seen = new Set<string>();
  return permissions.filter(({ action, resource }) => {
    const key = `${action} ${resource}`;
    return !seen.has(key) && seen.add(key);
  });
}

/** Dates that fit the status at `reference` and, for a day at least, after it. */
function toSampleToken(plan: Plan, reference: number, random: SeededRandom): Token {
  const { id, description, permissions, lifetime, status } = plan;
  // Drawn always and in this order, so that one token's kind does not move the next one's numbers.
  const [position, youth, end] = [random.fraction(), random.fraction(), random.fraction()];

  let createdAt = reference - (plan.age ?? 2 + 1400 * youth * youth) * DAY;
  let expiresAt: number | undefined;
  if (lifetime !== undefined) {
    const span = lifetime * DAY;
    // Somewhere in its life, at least a day from either end; or over, for up to 300 days.
    const left = status === "expired" ? -DAY - position * 300 * DAY : DAY + position * (span - 2 * DAY);
    expiresAt = reference + Math.round(left);
    createdAt = expiresAt - span;
  }
  const token: Token = { id, description, permissions, createdAt: toInstant(Math.round(createdAt)) };
  if (expiresAt !== undefined) token.expiresAt = toInstant(expiresAt);
  if (status === "revoked") {
    const revokedAt = createdAt + (0.05 + 0.9 * end) * (reference - createdAt);
    token.revokedAt = toInstant(Math.round(revokedAt));
  }
  return token;
}

/** Description, maker, age in days, days until it expires, days since it was revoked. */
type ManagementRow = [
  description: string,
  createdBy: string,
  age: number,
  expiresIn?: number | undefined,
  revokedAgo?: number,
];

const managementRows: ManagementRow[] = [
  ["Terraform, production", "mara.lindqvist@example.com", 812],
  ["Terraform, staging", "mara.lindqvist@example.com", 811],
  ["Terraform, staging (before the rotation)", "mara.lindqvist@example.com", 1190, undefined, 811],
  ["Token inventory, weekly report", "tomasz.zielinski@example.com", 402, 328],
  ["GitHub Actions, token rotation", "ci@example.com", 61, 29],
  ["GitHub Actions, token rotation (previous)", "ci@example.com", 151, -61],
  ["Onboarding script", "amara.okafor@example.com", 540],
  ["Break glass, sealed envelope", "ines.carvalho@example.com", 365, 1],
  ["Provisioning of edge gateways", "jonas.weber@example.com", 233],
  ["Provisioning of inverters", "jonas.weber@example.com", 196, 169],
  ["Tomasz, command line", "tomasz.zielinski@example.com", 83, 7],
  ["Amara, command line", "amara.okafor@example.com", 12, 78],
  ["Inès, command line", "ines.carvalho@example.com", 118, -28],
  ["Sven (left the company)", "sven.holm@example.com", 977, undefined, 214],
  ["Audit 2nd quarter", "kerstin.brandt@example.com", 140, -50],
  ["Backup controller", "mara.lindqvist@example.com", 655],
  ["leaked in OPS-2214", "ci@example.com", 301, 64, 96],
  ["Portal, database self-service", "amara.okafor@example.com", 274],
];

function sampleManagementTokens(reference: number): SampleManagementToken[] {
  // A stream of its own: a change to the database tokens leaves these ids alone.
  const random = new SeededRandom(SEED + 1);
  return managementRows.map(([description, createdBy, age, expiresIn, revokedAgo]) => {
    const id = random.uuid();
    const tokenPrefix = `twm1_${random.text("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789", 4)}`;
    const createdAt = reference - age * DAY + random.integer(0, 8 * HOUR);
    return {
      id,
      description,
      tokenPrefix,
      createdBy,
      createdAt: toInstant(createdAt),
      ...(expiresIn === undefined ? {} : { expiresAt: toInstant(reference + expiresIn * DAY + 9 * HOUR) }),
      ...(revokedAgo === undefined ? {} : { revokedAt: toInstant(reference - revokedAgo * DAY - 3 * HOUR) }),
    };
  });
}
