import type { Permission } from "#contract/permission.ts";
import type { TokenStatus } from "#contract/token.ts";
import { everything, read, write } from "./sample-families.ts";

/** A token written by hand, because a real installation has one like it and screens must cope with it. */
export interface OddOne {
  description: string;
  permissions: Permission[];
  status: TokenStatus;
  /** In days from its making; it never expires without. */
  lifetime?: number;
}

/** Wildcards: one active reader of everything and no active writer, see security-audit and lab-instruments. */
const wildcards: OddOne[] = [
  { description: "Grafana: everything, read only", permissions: read(everything), status: "active" },
  {
    description: "Terraform bootstrap",
    permissions: [...read(everything), ...write(everything)],
    status: "revoked",
  },
  {
    description: "Migration from InfluxDB 1.8",
    permissions: write(everything),
    status: "expired",
    lifetime: 30,
  },
  {
    description: "Admin laptop, do not use",
    permissions: [...read(everything), ...write(everything)],
    status: "revoked",
  },
  { description: "Backup of everything", permissions: read(everything), status: "expired", lifetime: 365 },
  { description: "Old reporting job", permissions: read(everything), status: "revoked" },
  { description: "OPS-2214: incident, write anywhere", permissions: write(everything), status: "revoked" },
  {
    description: "Consultant, spring project",
    permissions: [...read(everything), ...write("ci-metrics")],
    status: "expired",
    lifetime: 90,
  },
];

/** security-audit has one active writer, lab-instruments one active reader: the wildcard one above. */
const lastOfTheirKind: OddOne[] = [
  { description: "Vault audit log shipper", permissions: write("security-audit"), status: "active" },
  {
    description: "Vault audit log shipper (old key)",
    permissions: write("security-audit"),
    status: "revoked",
  },
  {
    description: "Auditd forwarder, staging",
    permissions: write("security-audit"),
    status: "expired",
    lifetime: 180,
  },
  { description: "SIEM export", permissions: read("security-audit"), status: "active" },
  {
    description: "Auditors, read only",
    permissions: read("security-audit"),
    status: "active",
    lifetime: 365,
  },
  { description: "Spectrometer 1", permissions: write("lab-instruments"), status: "active" },
  { description: "Spectrometer 2", permissions: write("lab-instruments"), status: "active" },
  { description: "Climate chamber", permissions: write("lab-instruments"), status: "active" },
  { description: "Lab notebook export", permissions: read("lab-instruments"), status: "revoked" },
];

const otherScripts: OddOne[] = [
  { description: "東京工場 第2ライン センサー", permissions: write("factory-telemetry"), status: "active" },
  {
    description: "قارئ لوحات المعلومات",
    permissions: read("building-energy", "grid-metering"),
    status: "active",
  },
  { description: "Датчики котельной, корпус 3", permissions: write("building-energy"), status: "active" },
  { description: "Μετεωρολογικός σταθμός Πάτρας", permissions: write("weather-stations"), status: "active" },
  { description: "Überwachung Kläranlage Köln-Süd", permissions: write("building-energy"), status: "active" },
  { description: "Réseau électrique, poste n° 4", permissions: read("grid-metering"), status: "revoked" },
  { description: "🏭 Line 4 gateway 🇳🇴 👩🏽‍🔧", permissions: write("press-line/autogen"), status: "active" },
];

const awkwardTexts: OddOne[] = [
  { description: "", permissions: write("edge-gateways"), status: "active" },
  {
    description: "Telegraf \u202Eylno daer\u202C, hall 2",
    permissions: write("factory-telemetry"),
    status: "active",
  },
  { description: "Graf\u200Bana: Grid load", permissions: read("grid-metering"), status: "active" },
  {
    description: "<b>Telegraf</b> & <img src=x onerror=alert(1)>",
    permissions: write("web-frontend"),
    status: "active",
  },
  {
    description: '=HYPERLINK("https://example.com";"report")',
    permissions: read("fleet-tracking"),
    status: "active",
  },
  {
    description: "Left by the installer\nof the packer",
    permissions: write("press-line/autogen"),
    status: "active",
  },
  {
    description:
      "Long-term evaluation of compressor vibration in halls 1 to 3 together with the university: writes features only, raw data stays on the gateway, runs until the end of the project and is looked after by the reliability group (room 2.114, extension 4471)",
    permissions: [...read("factory-telemetry"), ...write("factory-telemetry")],
    status: "active",
    lifetime: 730,
  },
  {
    description:
      "Shared by the night shift, the day shift and the maintenance contractor because the terminal in the control room has one account only; to be split into three tokens as soon as the terminal is replaced, see OPS-3077 and OPS-3102, and the note of the last audit",
    permissions: read("factory-telemetry", "press-line/autogen", "building-energy", "edge-gateways"),
    status: "active",
  },
];

const oddPermissions: OddOne[] = [
  { description: "Reserved for the new site", permissions: [], status: "active" },
  { description: "Permissions taken away while OPS-3120 is open", permissions: [], status: "active" },
  { description: "Schema tool, preview", permissions: [...read("ci-metrics"), { action: "alter", resource: "ci-metrics" }], status: "active" }, // oxfmt-ignore
  { description: "Reads a database that was dropped", permissions: [{ action: "read", resource: "legacy-2019" }], status: "active" }, // oxfmt-ignore
];

const duplicates: OddOne[] = [
  { description: "CI writer", permissions: write("ci-metrics"), status: "active" },
  { description: "CI writer", permissions: write("ci-metrics"), status: "active", lifetime: 365 },
  { description: "CI writer", permissions: write("ci-metrics"), status: "revoked" },
  { description: "test", permissions: write("edge-gateways"), status: "active" },
  { description: "test", permissions: read("edge-gateways"), status: "expired", lifetime: 7 },
];

export const oddOnes: readonly OddOne[] = [
  ...wildcards,
  ...lastOfTheirKind,
  ...otherScripts,
  ...awkwardTexts,
  ...oddPermissions,
  ...duplicates,
];
