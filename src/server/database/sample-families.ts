import { ALL_DATABASES, type Permission } from "#contract/permission.ts";
import type { SeededRandom } from "./seeded-random.ts";

const DAY_NS = 86_400_000_000_000;

/** Retention in nanoseconds, 0 for ever. One name has the form database/retention policy of InfluxDB 1. */
export const sampleDatabases = [
  { name: "building-energy", retentionPeriod: 0 },
  { name: "ci-metrics", retentionPeriod: 30 * DAY_NS },
  { name: "edge-gateways", retentionPeriod: 14 * DAY_NS },
  { name: "factory-telemetry", retentionPeriod: 90 * DAY_NS },
  { name: "fleet-tracking", retentionPeriod: 180 * DAY_NS },
  { name: "grid-metering", retentionPeriod: 730 * DAY_NS },
  { name: "lab-instruments", retentionPeriod: 0 },
  { name: "press-line/autogen", retentionPeriod: 30 * DAY_NS },
  { name: "security-audit", retentionPeriod: 1095 * DAY_NS },
  { name: "solar-rooftops", retentionPeriod: 365 * DAY_NS },
  { name: "weather-stations", retentionPeriod: 0 },
  { name: "web-frontend", retentionPeriod: 7 * DAY_NS },
] as const;

export type SampleDatabase = (typeof sampleDatabases)[number]["name"];

/**
 * What people's tokens read. Not security-audit and lab-instruments, which the odd ones below keep at one
 * writer and one reader each, so that there is a token whose revocation takes the last one away.
 */
const shared = [
  "building-energy",
  "ci-metrics",
  "edge-gateways",
  "factory-telemetry",
  "fleet-tracking",
  "grid-metering",
  "press-line/autogen",
  "solar-rooftops",
  "weather-stations",
  "web-frontend",
] as const satisfies SampleDatabase[];

/** lab-instruments is not among them: the token that reads everything takes care of it. */
const backedUp = [...shared, "security-audit"] as const;

/** What the machines of a plant write. */
const lines = [
  "building-energy",
  "factory-telemetry",
  "press-line/autogen",
] as const satisfies SampleDatabase[];

export function read(...resources: readonly (SampleDatabase | "*")[]): Permission[] {
  return resources.map((resource) => ({ action: "read", resource }));
}

export function write(...resources: readonly (SampleDatabase | "*")[]): Permission[] {
  return resources.map((resource) => ({ action: "write", resource }));
}

export const everything = ALL_DATABASES;

/** A kind of token of which an installation has many. */
export interface SampleFamily {
  count: number;
  /** `index` counts from 0. */
  describe(index: number, random: SeededRandom): string;
  permissions(random: SeededRandom, index: number): Permission[];
  /** Lifetimes in days that its makers choose from; undefined never expires. */
  lifetimes: readonly [number | undefined, ...(number | undefined)[]];
  /** How readily such tokens are revoked or left to expire, against 1 for most. */
  turnover: number;
  /** Age in days where the family was made in one go. */
  age?(index: number): number;
}

const cities = [
  "Bergen",
  "Gdańsk",
  "Graz",
  "Leeds",
  "Lyon",
  "Malmö",
  "Oulu",
  "Porto",
  "Rostock",
  "Tartu",
  "Turin",
  "Ulm",
];
const halls = ["hall 1", "hall 2", "hall 3", "paint shop", "foundry", "warehouse"];
const machines = ["compressor", "conveyor", "press", "furnace", "robot cell", "chiller", "boiler", "packer"];
const regions = ["eu-north", "eu-west", "us-east", "us-west", "ap-south", "sa-east"];
const dashboards = [
  "Line efficiency", "Energy per shift", "Boiler room", "Grid load", "Roof yield", "Van map", "Cold chain",
  "Gateway health", "Build times", "Web vitals", "Frost warning", "Scrap rate", "Pressure alarms", "Peak shaving",
]; // oxfmt-ignore
const repositories = [
  "billing", "edge-agent", "firmware", "forecast", "gateway-image", "grid-model", "ingest", "line-control",
  "mobile-app", "portal", "tariff-engine",
] as const; // oxfmt-ignore
const people = [
  "Aino", "Bartosz", "Chloé", "Dilek", "Esteban", "Fatima", "Gunnar", "Hanna", "Ivo", "Jana", "Kofi", "Leïla",
  "Mateus", "Nadia", "Oskar", "Priya", "Quentin", "Rosa", "Søren", "Tove", "Umut", "Vera", "Wiktor", "Zofia",
]; // oxfmt-ignore
const tasks = [
  "deadman", "threshold-pressure", "downsample-1h", "anomaly-vibration", "roof-forecast", "peak-alert",
  "frost-alert", "door-open", "battery-low", "latency-p99",
]; // oxfmt-ignore
const errands = [
  "backfill after the outage", "load test", "export for the regulator", "compare old and new meters",
  "debug the packer", "trial of the vibration model", "migration rehearsal", "data for the university",
]; // oxfmt-ignore

function at<T>(list: readonly [T, ...T[]] | readonly T[], index: number): T {
  const item = list[index % list.length];
  if (item === undefined) throw new Error("a list of sample words is empty");
  return item;
}

export const sampleFamilies: readonly SampleFamily[] = [
  {
    count: 82,
    describe: (index) => `Sensor ${index + 1}`,
    permissions: () => write("factory-telemetry"),
    lifetimes: [undefined],
    turnover: 0.6,
    age: (index) => 421 - index * 0.0003,
  },
  {
    count: 84,
    describe: (index) => `Edge gateway ${at(cities, Math.floor(index / 7))} ${(index % 7) + 1}`,
    permissions: (random) =>
      random.fraction() < 0.2 ? write("edge-gateways", "factory-telemetry") : write("edge-gateways"),
    lifetimes: [undefined, undefined, 730, 365],
    turnover: 0.7,
  },
  {
    count: 110,
    describe: (index) =>
      `Telegraf, ${at(cities, index)} ${at(halls, Math.floor(index / 12))}, ${at(machines, Math.floor(index / 5))}`,
    permissions: (random) => write(...random.some(lines, random.integer(1, 2))),
    lifetimes: [undefined, undefined, undefined, 365],
    turnover: 0.8,
  },
  {
    count: 60,
    describe: (index) => `Inverter roof ${Math.floor(index / 12) + 1}, string ${(index % 12) + 1}`,
    permissions: () => write("solar-rooftops"),
    lifetimes: [undefined],
    turnover: 0.4,
    age: (index) => 233 - Math.floor(index / 12) * 9 - index * 0.001,
  },
  {
    count: 52,
    describe: (index) => `Van ${index + 1} tracker`,
    permissions: () => write("fleet-tracking"),
    lifetimes: [undefined, 1095],
    turnover: 0.9,
  },
  {
    count: 36,
    describe: (index) =>
      `Weather station ${at(cities, index)}${index < 12 ? "" : `, mast ${Math.floor(index / 12) + 1}`}`,
    permissions: () => write("weather-stations"),
    lifetimes: [undefined],
    turnover: 0.5,
  },
  {
    count: 40,
    describe: (_, random) => `Meter concentrator MC-${String(random.integer(1, 4999)).padStart(4, "0")}`,
    permissions: (random) => [
      ...write("grid-metering"),
      ...(random.fraction() < 0.25 ? read("grid-metering") : []),
    ],
    lifetimes: [undefined, 730],
    turnover: 0.6,
  },
  {
    count: 12,
    describe: (index) => `Web vitals collector, ${at(regions, index)}${index < 6 ? "" : " (standby)"}`,
    permissions: () => write("web-frontend"),
    lifetimes: [365, 180],
    turnover: 1,
  },
  {
    count: 56,
    describe: (index) => `Grafana: ${at(dashboards, index)}${index < 14 ? "" : `, ${at(cities, index)}`}`,
    permissions: (random) => {
      const count = random.fraction() < 0.75 ? random.integer(1, 3) : random.integer(4, 9);
      return read(...random.some(shared, count));
    },
    lifetimes: [undefined, undefined, 365],
    turnover: 0.9,
  },
  {
    count: 44,
    describe: (index) =>
      `CI writer, ${at(repositories, index)}${index < 11 ? "" : `, ${at(["main", "release", "nightly"], Math.floor(index / 11) - 1)}`}`,
    permissions: (random) => [...write("ci-metrics"), ...(random.fraction() < 0.4 ? read("ci-metrics") : [])],
    lifetimes: [90, 180, 365, undefined],
    turnover: 1.6,
  },
  {
    count: 30,
    describe: (index) =>
      `Kapacitor task ${at(tasks, index)}${index < 10 ? "" : `-${Math.floor(index / 10) + 1}`}`,
    permissions: (random) => {
      const database = random.pick(shared);
      return random.fraction() < 0.6
        ? [...read(database), ...write(database)]
        : [...read(database, random.pick(shared)), ...write("edge-gateways")];
    },
    lifetimes: [undefined, 365],
    turnover: 1,
  },
  {
    count: 22,
    describe: (index) => `${index < 11 ? "Nightly" : "Weekly"} backup of ${at(backedUp, index)}`,
    permissions: (_, index) => read(at(backedUp, index)),
    lifetimes: [undefined],
    turnover: 0.5,
  },
  {
    count: 48,
    describe: (index) => `${at(people, index)}'s ${index < 24 ? "laptop" : "notebook, exploration"}`,
    permissions: (random) => {
      const databases = random.some(shared, random.integer(1, 3));
      return [...read(...databases), ...(random.fraction() < 0.2 ? write("ci-metrics") : [])];
    },
    lifetimes: [90, 90, 30, 365],
    turnover: 2.2,
  },
  {
    count: 40,
    describe: (index, random) => `OPS-${1200 + index * 47 + random.integer(0, 40)}: ${at(errands, index)}`,
    permissions: (random) => {
      const database = random.pick(shared);
      return random.fraction() < 0.5 ? read(database) : [...read(database), ...write(database)];
    },
    lifetimes: [7, 14, 30, 30],
    turnover: 3,
  },
];
