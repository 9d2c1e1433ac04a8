import { homedir } from "node:os";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { type AddressSet, parseAddresses } from "./ip-address.ts";
import { influxctlFile } from "./profiles/influxctl-file.ts";
import { type LogLevel, logLevels } from "./log.ts";
import { isLoopback } from "./site.ts";
import { StartError } from "./start-error.ts";

/** What the command line and the environment ask for, checked. */
export interface Config {
  port: number;
  host: string;
  publicUrl: string | undefined;
  tls: { certFile: string; keyFile: string } | undefined;
  trustedProxies: AddressSet;
  /** Encrypts what is kept at rest: the file that holds the key (made when absent), or the key itself. */
  key: { file: string } | { value: string };
  dataDirectory: string;
  sample: boolean;
  importFile: string | undefined;
  databaseUrl: string | undefined;
  managementToken: string | undefined;
  mutationRate: number;
  /** Requests to the API under way at once; what comes beyond is shed. */
  maxRequests: number;
  logLevel: LogLevel;
  /** Where Prometheus reads: a port of its own, the main one with this token, both or nowhere. */
  metrics: { port: number | undefined; host: string; token: string | undefined };
  /** Milliseconds between a signal to end and the end of listening, for a balancer to notice. */
  drainMillis: number;
  /** Where the record of what was done goes as it happens. */
  activityFile: string | undefined;
  activityWebhook: { url: string; token: string | undefined } | undefined;
  /** Of a hundred requests to the own cluster so many fail on purpose. */
  chaos: number;
  /** The file with the profiles of the clusters, and the option that named it. Without one there is the own cluster. */
  profiles: { file: string; option: string } | undefined;
  /** Where influxctl's own profiles are on this system, whether there are any or not. */
  influxctlFile: string;
}

export interface Option {
  /** Undefined for what is secret: a command line is visible to every process of the machine. */
  flag: string | undefined;
  env: string;
  /** Undefined for a switch. */
  value: string | undefined;
  default: string | undefined;
  help: string;
}

/** The one table of options: parsing, `--help` and the README's configuration table follow it. */
export const options = {
  port: {
    flag: "port",
    env: "TOKENWARD_PORT",
    value: "PORT",
    default: "4600",
    help: "Port to listen on; 0 takes a free one.",
  },
  host: {
    flag: "host",
    env: "TOKENWARD_HOST",
    value: "ADDRESS",
    default: "127.0.0.1",
    help: "Address to listen on. Any but a loopback address needs TLS, or a trusted proxy and its https --public-url.",
  },
  publicUrl: {
    flag: "public-url",
    env: "TOKENWARD_PUBLIC_URL",
    value: "URL",
    default: undefined,
    help: "The address that people type: the only Host and Origin allowed. Without it: the loopback names and the port.",
  },
  tlsCert: {
    flag: "tls-cert",
    env: "TOKENWARD_TLS_CERT",
    value: "FILE",
    default: undefined,
    help: "Certificate chain in PEM, to serve https. Needs --tls-key.",
  },
  tlsKey: {
    flag: "tls-key",
    env: "TOKENWARD_TLS_KEY",
    value: "FILE",
    default: undefined,
    help: "Private key of the certificate, in PEM.",
  },
  trustedProxy: {
    flag: "trusted-proxy",
    env: "TOKENWARD_TRUSTED_PROXY",
    value: "ADDRESSES",
    default: undefined,
    help: "IP addresses or networks (10.0.0.0/8) of proxies in front, separated by commas, whose X-Forwarded-For is believed.",
  },
  keyFile: {
    flag: "key-file",
    env: "TOKENWARD_KEY",
    value: "FILE",
    default: undefined,
    help: "File with the key that encrypts what is kept at rest, 32 bytes in base64; made on first start. The variable may hold the key itself instead. The same on all gateways of one database. Without it: `key` in the data directory.",
  },
  dataDirectory: {
    flag: "data-dir",
    env: "TOKENWARD_DATA_DIR",
    value: "DIRECTORY",
    default: "./data",
    help: "Where the database and the files of this gateway are kept.",
  },
  noSample: {
    flag: "no-sample",
    env: "TOKENWARD_NO_SAMPLE",
    value: undefined,
    default: undefined,
    help: "Do not fill a new own cluster with sample data.",
  },
  importFile: {
    flag: "import",
    env: "TOKENWARD_IMPORT",
    value: "FILE",
    default: undefined,
    help: "Load the tokens of a JSON array, as the Management API lists them, into an empty own cluster. Implies --no-sample.",
  },
  config: {
    flag: "config",
    env: "TOKENWARD_CONFIG",
    value: "FILE",
    default: undefined,
    help: "Clusters as [[profile]] entries of a TOML file, in influxctl's form. Without it: the own cluster alone.",
  },
  influxctl: {
    flag: "influxctl",
    env: "TOKENWARD_INFLUXCTL",
    value: undefined,
    default: undefined,
    help: "The same, from the file that influxctl uses on this system.",
  },
  mutationRate: {
    flag: "mutation-rate",
    env: "TOKENWARD_MUTATION_RATE",
    value: "NUMBER",
    default: "500",
    help: "Changes a second that one bearer caller may make.",
  },
  maxRequests: {
    flag: "max-requests",
    env: "TOKENWARD_MAX_REQUESTS",
    value: "NUMBER",
    default: "500",
    help: "Requests to the API that may be under way at once. Beyond that they are answered with 503 and Retry-After, and nothing is done.",
  },
  logLevel: {
    flag: "log-level",
    env: "TOKENWARD_LOG_LEVEL",
    value: "LEVEL",
    default: "info",
    help: "The least that is logged: debug (probes, too), info (requests), warn or error.",
  },
  metricsPort: {
    flag: "metrics-port",
    env: "TOKENWARD_METRICS_PORT",
    value: "PORT",
    default: undefined,
    help: "Serve Prometheus metrics at /metrics of this port, in clear text; 0 takes a free one.",
  },
  metricsHost: {
    flag: "metrics-host",
    env: "TOKENWARD_METRICS_HOST",
    value: "ADDRESS",
    default: "127.0.0.1",
    help: "Address of the metrics port. Any but a loopback address needs TOKENWARD_METRICS_TOKEN.",
  },
  drainSeconds: {
    flag: "drain-seconds",
    env: "TOKENWARD_DRAIN_SECONDS",
    value: "NUMBER",
    default: "0",
    help: "After a signal to end, how long requests are still taken while /readyz already says 503, for a balancer to notice.",
  },
  metricsToken: {
    flag: undefined,
    env: "TOKENWARD_METRICS_TOKEN",
    value: "TOKEN",
    default: undefined,
    help: "Serve Prometheus metrics at /metrics to whoever sends this as a bearer token: 32 or more printable characters.",
  },
  activityFile: {
    flag: "activity-file",
    env: "TOKENWARD_ACTIVITY_FILE",
    value: "FILE",
    default: undefined,
    help: "A file that gets what is done to tokens as it happens, a JSON line for each row of the record.",
  },
  activityWebhook: {
    flag: "activity-webhook",
    env: "TOKENWARD_ACTIVITY_WEBHOOK",
    value: "URL",
    default: undefined,
    help: "An address that gets the same lines in POST requests: https, or http on a loopback address.",
  },
  activityWebhookToken: {
    flag: undefined,
    env: "TOKENWARD_ACTIVITY_WEBHOOK_TOKEN",
    value: "TOKEN",
    default: undefined,
    help: "What those requests carry as a bearer token.",
  },
  chaos: {
    flag: "chaos",
    env: "CHAOS",
    value: "PERCENT",
    default: "0",
    help: "Of a hundred requests to the own cluster so many fail on purpose, for who wants to see what the screens make of it. On loopback only.",
  },
  databaseUrl: {
    flag: undefined,
    env: "DATABASE_URL",
    value: "URL",
    default: undefined,
    help: "PostgreSQL to use in place of a file in the data directory, as postgres://user:password@host:port/name.",
  },
  managementToken: {
    flag: undefined,
    env: "TOKENWARD_MANAGEMENT_TOKEN",
    value: "TOKEN",
    default: undefined,
    help: "The first management token of a new own cluster: 32 or more printable characters. Without it one is made and written to a file in the data directory.",
  },
} satisfies Record<string, Option>;

type Environment = Record<string, string | undefined>;

/** "help", or the configuration. Flags outweigh the environment. Throws StartError with one sentence. */
export function readConfig(args: readonly string[], environment: Environment): Config | "help" {
  const flags = readFlags(args);
  if (flags.get("help") !== undefined) return "help";
  const read = (option: Option): string | undefined => {
    const given = (option.flag === undefined ? undefined : flags.get(option.flag)) ?? environment[option.env];
    return given === undefined || given === "" ? option.default : given;
  };

  const host = read(options.host) ?? "";
  const certFile = read(options.tlsCert);
  const keyFile = read(options.tlsKey);
  if ((certFile === undefined) !== (keyFile === undefined)) {
    throw new StartError("--tls-cert and --tls-key belong together: give both or neither.");
  }
  const tls = certFile === undefined || keyFile === undefined ? undefined : { certFile, keyFile };
  const trustedProxies = parseAddresses(read(options.trustedProxy) ?? "", "--trusted-proxy");
  const publicUrl = checkPublicUrl(read(options.publicUrl), tls !== undefined);
  if (!isLoopback(host) && tls === undefined) {
    if (trustedProxies.size === 0) {
      throw new StartError(
        `Listening on ${host} would send sessions and tokens over the network in clear text: ` +
          "give --tls-cert and --tls-key, or name the proxy that does TLS with --trusted-proxy.",
      );
    }
    // Without it cookies would not be Secure, and a browser would send them in clear text to whoever asks.
    if (publicUrl?.startsWith("https:") !== true) {
      throw new StartError(
        `Listening on ${host} behind a proxy needs the proxy's address: --public-url, beginning with https://.`,
      );
    }
  }
  const chaos = wholeNumber(read(options.chaos), 0, 100, "CHAOS");
  const isReached = publicUrl !== undefined && !isLoopback(new URL(publicUrl).hostname);
  if (chaos > 0 && (!isLoopback(host) || isReached || trustedProxies.size > 0)) {
    throw new StartError(
      "CHAOS is for trying things out on this machine: it needs a loopback --host and --public-url, and no --trusted-proxy.",
    );
  }
  const managementToken = secretFrom(read(options.managementToken), options.managementToken.env);
  const importFile = read(options.importFile);
  const dataDirectory = resolve(read(options.dataDirectory) ?? "");
  const activityFile = read(options.activityFile);
  return {
    port: wholeNumber(read(options.port), 0, 65_535, "--port"),
    host,
    publicUrl,
    tls,
    trustedProxies,
    key: keyFrom(flags.get("key-file"), environment[options.keyFile.env], dataDirectory),
    dataDirectory,
    sample: importFile === undefined && !isOn(read(options.noSample)),
    importFile: importFile === undefined ? undefined : resolve(importFile),
    databaseUrl: read(options.databaseUrl),
    managementToken,
    mutationRate: wholeNumber(read(options.mutationRate), 1, 1_000_000, "--mutation-rate"),
    maxRequests: wholeNumber(read(options.maxRequests), 1, 1_000_000, "--max-requests"),
    logLevel: logLevelFrom(read(options.logLevel)),
    metrics: metricsFrom(read),
    drainMillis: wholeNumber(read(options.drainSeconds), 0, 600, "--drain-seconds") * 1000,
    activityFile: activityFile === undefined ? undefined : resolve(activityFile),
    activityWebhook: webhookFrom(read(options.activityWebhook), read(options.activityWebhookToken)),
    chaos,
    ...profilesFrom(read(options.config), isOn(read(options.influxctl)), environment),
  };
}

function secretFrom(text: string | undefined, name: string): string | undefined {
  if (text === undefined || /^[\x21-\x7e]{32,4096}$/.test(text)) return text;
  throw new StartError(`${name} must be 32 or more printable ASCII characters without spaces.`);
}

function logLevelFrom(text: string | undefined): LogLevel {
  const level = logLevels.find((one) => one === text);
  if (level !== undefined) return level;
  throw new StartError(`--log-level must be ${logLevels.join(", ")}, not "${text ?? ""}".`);
}

function metricsFrom(read: (option: Option) => string | undefined): Config["metrics"] {
  const port = read(options.metricsPort);
  const host = read(options.metricsHost) ?? "";
  const token = secretFrom(read(options.metricsToken), options.metricsToken.env);
  if (port !== undefined && !isLoopback(host) && token === undefined) {
    throw new StartError(
      `Metrics on ${host} would be for everybody who reaches it: give TOKENWARD_METRICS_TOKEN, too.`,
    );
  }
  return {
    port: port === undefined ? undefined : wholeNumber(port, 0, 65_535, "--metrics-port"),
    host,
    token,
  };
}

function profilesFrom(
  file: string | undefined,
  usesInfluxctl: boolean,
  environment: Environment,
): Pick<Config, "profiles" | "influxctlFile"> {
  const ofInfluxctl = influxctlFile(environment, process.platform, homedir());
  if (file !== undefined && usesInfluxctl) {
    throw new StartError("--config and --influxctl both name the file of the clusters: give one of them.");
  }
  if (file !== undefined) {
    return { profiles: { file: resolve(file), option: "--config" }, influxctlFile: ofInfluxctl };
  }
  const profiles = usesInfluxctl ? { file: ofInfluxctl, option: "--influxctl" } : undefined;
  return { profiles, influxctlFile: ofInfluxctl };
}

/** The address is not repeated: whoever knows it may be allowed to send there. */
function webhookFrom(text: string | undefined, token: string | undefined): Config["activityWebhook"] {
  if (token !== undefined && !/^[\x21-\x7e]{1,4096}$/.test(token)) {
    throw new StartError(
      "TOKENWARD_ACTIVITY_WEBHOOK_TOKEN must be printable ASCII characters without spaces.",
    );
  }
  if (text === undefined) {
    if (token === undefined) return undefined;
    throw new StartError("TOKENWARD_ACTIVITY_WEBHOOK_TOKEN needs --activity-webhook, which it is sent to.");
  }
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isSafe = url?.protocol === "https:" || (url?.protocol === "http:" && isLoopback(url.hostname));
  if (url === undefined || !isSafe || url.username !== "" || url.password !== "" || url.hash !== "") {
    throw new StartError(
      "--activity-webhook must be an https address, or an http one of this machine, without a user name or a fragment.",
    );
  }
  return { url: url.href, token };
}

/** A flag is seen by everybody on the machine, so it names a file; the environment may hold the key. */
function keyFrom(
  flag: string | undefined,
  variable: string | undefined,
  dataDirectory: string,
): Config["key"] {
  if (flag === undefined && variable !== undefined && /^[A-Za-z0-9+/]{43}=$/.test(variable)) {
    return { value: variable };
  }
  return { file: resolve(flag ?? (variable || `${dataDirectory}/key`)) };
}

function readFlags(args: readonly string[]): Map<string, string> {
  const known: Record<string, { type: "string" | "boolean" }> = { help: { type: "boolean" } };
  for (const option of Object.values<Option>(options)) {
    if (option.flag !== undefined) {
      known[option.flag] = { type: option.value === undefined ? "boolean" : "string" };
    }
  }
  try {
    const { values } = parseArgs({ args: [...args], options: known, strict: true, allowPositionals: false });
    return new Map(Object.entries(values).map(([name, value]) => [name, String(value)]));
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split(/[.\n]/)[0] ?? "") : "";
    throw new StartError(`${reason}. --help lists the options.`);
  }
}

function wholeNumber(text: string | undefined, least: number, most: number, name: string): number {
  const value = Number(text);
  if (text === undefined || !/^\d+$/.test(text) || value < least || value > most) {
    throw new StartError(`${name} must be a whole number from ${least} to ${most}, not "${text ?? ""}".`);
  }
  return value;
}

function isOn(text: string | undefined): boolean {
  return text !== undefined && !/^(0|false|no|off)$/i.test(text);
}

function checkPublicUrl(text: string | undefined, tls: boolean): string | undefined {
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isWeb = url?.protocol === "http:" || url?.protocol === "https:";
  if (url === undefined || !isWeb || url.pathname !== "/" || url.search !== "" || url.username !== "") {
    throw new StartError(
      `--public-url must be an address such as https://tokens.example.com, without a path, not "${text}".`,
    );
  }
  if (url.protocol === "http:" && (tls || !isLoopback(url.hostname))) {
    throw new StartError(
      "--public-url must begin with https:// unless it names this machine's loopback address.",
    );
  }
  return url.origin;
}

export function helpText(): string {
  const rows = Object.values<Option>(options).map((option) => {
    const flag =
      option.flag === undefined
        ? ""
        : `--${option.flag}${option.value === undefined ? "" : ` ${option.value}`}, `;
    const text = option.default === undefined ? option.help : `${option.help} Default: ${option.default}.`;
    return `  ${flag}${option.env}\n${wrap(text, 94, "      ")}`;
  });
  return [
    "Usage: npm start -- [options]",
    "",
    "Starts Tokenward. Each option is a flag, an environment variable, or (secrets) an environment variable only.",
    "",
    ...rows,
    "  --help\n      This text.",
    "",
  ].join("\n");
}

function wrap(text: string, width: number, indent: string): string {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(" ")) {
    if (line.length + word.length > width && line !== indent) {
      lines.push(line.trimEnd());
      line = indent;
    }
    line += `${word} `;
  }
  return [...lines, line.trimEnd()].join("\n");
}
