import { isUuid } from "#contract/text.ts";

export type LogFields = Record<string, string | number | undefined>;

/**
 * From what is of use while looking for a fault to what somebody should look at: probes and scrapes; requests; what went
 * wrong and is dealt with; what was not.
 */
export const logLevels = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof logLevels)[number];

/** Writes one JSON line per call. Fields never hold a header, a body, a query or a secret: callers see to that. */
export type Log = Record<LogLevel, (fields: LogFields) => void>;

// JSON.stringify escapes the C0 range only; terminals also obey the C1 range, line separators and direction marks.
const leftByJson = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** What is below `least` is not written. */
export function createLog(write: (line: string) => void, now: () => number, least: LogLevel = "info"): Log {
  const at = (level: LogLevel) => (fields: LogFields) => {
    if (logLevels.indexOf(level) < logLevels.indexOf(least)) return;
    const text = JSON.stringify({ time: new Date(now()).toISOString(), level, ...fields });
    write(text.replace(leftByJson, escaped) + "\n");
  };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

const silence = () => undefined;
export const silentLog: Log = { debug: silence, info: silence, warn: silence, error: silence };

/** As the bundler names them: short lower-case words, eight characters of a hash, an ending. */
const builtFile = /^\/assets\/(?=[^/]{1,64}$)[a-z]+(?:-[a-z]+)*-[\w-]{8}\.[a-z0-9]{2,5}$/;

/**
 * A path fit for the log. People paste secrets where ids belong; a long segment that is no id is therefore left out,
 * except in the names of our own built files.
 */
export function loggablePath(path: string): string {
  if (builtFile.test(path)) return path;
  return path
    .split("/")
    .map((segment) => (segment.length < 32 || isUuid(segment) ? segment : "[long]"))
    .join("/");
}

function escaped(char: string): string {
  return Array.from({ length: char.length }, (_, unit) => char.charCodeAt(unit).toString(16).padStart(4, "0"))
    .map((hex) => `\\u${hex}`)
    .join("");
}
