import type { Product } from "#contract/cluster.ts";
import { ApiError, type ApiErrorDetails } from "#server/api-error.ts";
import type { ProblemReason } from "#contract/problem.ts";

/** What sentences about an upstream are made of. */
export interface UpstreamName {
  /** The profile's. */
  name: string;
  /** Host and port. */
  host: string;
  url: string;
  product: Product | undefined;
}

export function upstreamName(profile: {
  name: string;
  url: string;
  product?: Product | undefined;
}): UpstreamName {
  const { name, url, product } = profile;
  return { name, url, product, host: new URL(url).host };
}

const MOST_WORDS = 2000;
const MOST_WAIT = 86_400;

const profileOf = ({ name }: UpstreamName) => `the profile “${name}”`;
const subject = ({ name }: UpstreamName) => `“${name}”`;

/** A 2xx that is not what the API sends, or a 404 that is not the API's. Whether anything was done is not known. */
export function malformed(
  about: UpstreamName,
  whatItDid: string,
  upstream?: { status: number; message: string },
): ApiError {
  return new ApiError(
    502,
    "upstream_malformed",
    `${subject(about)} ${whatItDid} Check the address (${about.url}) and the product in ${profileOf(about)}.`,
    { nothingDone: false, ...(upstream === undefined ? {} : { upstream }) },
  );
}

/** `isSent`: the request may have arrived. */
export function timedOut(about: UpstreamName, deadline: number, isSent: boolean): ApiError {
  const seconds = `${Math.round(deadline / 100) / 10} seconds`;
  return new ApiError(
    504,
    "upstream_timeout",
    isSent
      ? `${subject(about)} did not answer completely within ${seconds}. Check that the server at ${about.host} is well, and that the address in ${profileOf(about)} is right.`
      : `${subject(about)} could not be reached within ${seconds}: nothing at ${about.host} takes connections. Check host and port in ${profileOf(about)}, and the firewalls on the way.`,
    { nothingDone: !isSent },
  );
}

/** The caller went away, or its own deadline passed. */
export function givenUp(about: UpstreamName, isSent: boolean): ApiError {
  return new ApiError(
    504,
    "upstream_timeout",
    `The request was given up before ${subject(about)} had answered.`,
    { nothingDone: !isSent },
  );
}

/** No answer at all, or one that broke off. */
export function connectionProblem(about: UpstreamName, error: Error, isSent: boolean): ApiError {
  const unreachable = (message: string) =>
    new ApiError(502, "upstream_unreachable", message, { nothingDone: !isSent, cause: error });
  const code = codeOf(error);
  const profile = profileOf(about);
  const cluster = subject(about);
  const { host } = about;
  switch (code) {
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return unreachable(
        `${cluster} cannot be reached: no address is known for ${host}. Check the host in ${profile}.`,
      );
    case "ECONNREFUSED":
      return unreachable(
        `${cluster} cannot be reached: nothing listens at ${host}. Check host and port in ${profile}, and that the server runs.`,
      );
    case "EHOSTUNREACH":
    case "ENETUNREACH":
    case "EADDRNOTAVAIL":
    case "ETIMEDOUT":
      return unreachable(
        `${cluster} cannot be reached: no way leads to ${host}. Check host and port in ${profile}, and the network.`,
      );
    case "CERT_HAS_EXPIRED":
      return unreachable(
        `The certificate of ${cluster} at ${host} has expired. It must be renewed there; nothing in ${profile} is wrong.`,
      );
    case "CERT_NOT_YET_VALID":
      return unreachable(
        `The certificate of ${cluster} at ${host} is not valid yet. Check the clocks of both machines; ${profile} need not change.`,
      );
    case "CERT_REVOKED":
      return unreachable(`The certificate of ${cluster} at ${host} is revoked. It must be replaced there.`);
    case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
    case "UNABLE_TO_GET_ISSUER_CERT":
    case "UNABLE_TO_GET_ISSUER_CERT_LOCALLY":
    case "DEPTH_ZERO_SELF_SIGNED_CERT":
    case "SELF_SIGNED_CERT_IN_CHAIN":
    case "CERT_UNTRUSTED":
    // An authority of the same name with another key.
    case "CERT_SIGNATURE_FAILURE":
    case "INVALID_CA":
      return unreachable(
        `The certificate of ${cluster} at ${host} comes from an authority that is not known here. Check tls.ca in ${profile}: it names the file with the authority's certificate.`,
      );
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return unreachable(
        `The certificate that ${host} shows is made out to another name. Check the host in ${profile}.`,
      );
    case "EPROTO":
    case "ERR_SSL_WRONG_VERSION_NUMBER":
    case "ERR_SSL_PACKET_LENGTH_TOO_LONG":
      return unreachable(
        `${cluster} does not speak TLS at ${host}, or none that is safe. Check port and tls.disable in ${profile}.`,
      );
  }
  if (code.startsWith("ERR_SSL_") || code.startsWith("ERR_OSSL_") || code.startsWith("ERR_TLS_")) {
    return unreachable(
      `No TLS connection to ${cluster} at ${host} came about (${code}). Check tls.ca, tls.cert and tls.key in ${profile}.`,
    );
  }
  if (!isSent) {
    return unreachable(
      `The connection to ${cluster} at ${host} broke before anything was sent. Check host and port in ${profile}.`,
    );
  }
  const alsoCheck = about.url.startsWith("https:")
    ? "whether it asks for a certificate (tls.cert and tls.key)"
    : "whether it speaks TLS";
  return unreachable(
    `The connection to ${cluster} broke before its answer was complete. Check that the server at ${host} is well, ${alsoCheck}, and the port in ${profile}.`,
  );
}

/** Of the error, of what caused it, or of the first address that was tried. */
function codeOf(error: unknown): string {
  for (let at = error, steps = 0; at instanceof Error && steps < 5; at = at.cause, steps++) {
    if ("code" in at && typeof at.code === "string" && !at.code.startsWith("UND_ERR")) return at.code;
    if (at instanceof AggregateError) return codeOf(at.errors[0]);
  }
  return "";
}

export interface ErrorAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  /** Undefined when it is too long to be an API's. */
  text: string | undefined;
}

/**
 * What an answer outside of 2xx means. `secret` is what was sent, `now` in milliseconds. A refusal has done nothing; whether
 * a failure has is not known.
 */
export function statusProblem(
  about: UpstreamName,
  answer: ErrorAnswer,
  secret: string,
  now: number,
): ApiError {
  const { status, headers } = answer;
  const said = readError(answer.text, secret);
  const isOwn = isOwnShape(about, said, status);
  // Blanks alone are no words.
  const message = [said?.message, plainWords(about, answer, secret)].find((words) => words?.trim());
  const details: ApiErrorDetails = message === undefined ? {} : { upstream: { status, message } };
  const retryAfter = waitOf(first(headers["retry-after"]), now);
  if (retryAfter !== undefined) details.retryAfter = retryAfter;
  const make = (code: number, reason: ProblemReason, message: string, more: ApiErrorDetails = {}) =>
    new ApiError(code, reason, message, { ...details, ...more });
  const cluster = subject(about);
  const profile = profileOf(about);

  if (status >= 300 && status < 400) {
    const target = scrub(locationOf(about, first(headers["location"])), secret);
    return malformed(
      about,
      `answered with a redirect${target === "" ? "" : ` to ${target}`}, which is not followed.`,
    );
  }
  const other = isOwn ? undefined : otherProduct(about, said);
  switch (status) {
    case 400:
    case 422:
      return make(400, "invalid_request", `${cluster} refused the request: something in it is not valid.`);
    case 401:
      return make(
        401,
        "credential_refused",
        `${cluster} refused the token. It may be expired or revoked, or be one of another product or cluster${
          other === undefined ? "" : ` (${other})`
        }: check it and the address in ${profile}.`,
      );
    case 403:
      return make(403, "forbidden", `${cluster} does not allow this to the token that was used.`);
    case 404:
      if (isOwn) return make(404, "not_found", `${cluster} has nothing with this id.`);
      return malformed(
        about,
        other === undefined
          ? "does not know the path that was asked for (status 404), and this is not how the API says so."
          : `does not know the path that was asked for (status 404): ${other}.`,
        details.upstream,
      );
    case 409:
      return make(409, "conflict", `${cluster} refused: the state of the object does not allow this.`);
    case 429:
      return make(429, "rate_limited", `${cluster} asks for fewer requests. Wait a moment.`);
  }
  return make(
    502,
    "upstream_failed",
    `${cluster} failed with status ${status}. Its own log has the reason; the address in ${profile} is ${about.url}.`,
    { nothingDone: false },
  );
}

interface SaidError {
  code: unknown;
  message: string | undefined;
}

/** Of a JSON object: `message`, as most products say it, or `error`. */
function readError(text: string | undefined, secret: string): SaidError | undefined {
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const field = (name: string): unknown => Object.getOwnPropertyDescriptor(value, name)?.value;
  const words = [field("message"), field("error")].find((candidate) => typeof candidate === "string");
  return {
    code: field("code"),
    message: typeof words === "string" ? cut(scrub(words, secret)) : undefined,
  };
}

/**
 * Most errors of InfluxDB 3 Core are plain text, without a type. They are passed on, and prove nothing: other servers write
 * such ones too.
 */
function plainWords(
  { product }: UpstreamName,
  { headers, text }: ErrorAnswer,
  secret: string,
): string | undefined {
  if (product !== "core" && product !== "enterprise") return undefined;
  const isPlain = /^(?:text\/plain\b.*)?$/i.test(first(headers["content-type"]));
  const words = text?.trim() ?? "";
  return isPlain && words !== "" && !words.startsWith("<") ? cut(scrub(words, secret)) : undefined;
}

/**
 * Whether the error is in the form of the product's API. The Management API repeats the status as `code`, which tells it
 * from gateways that number their errors otherwise; v2's `code` is words.
 */
function isOwnShape({ product }: UpstreamName, said: SaidError | undefined, status: number): boolean {
  if (said?.message === undefined) return false;
  switch (product) {
    case "own":
    case "dedicated":
    case "clustered":
      return said.code === status;
    case "v2":
      return typeof said.code === "string";
    case "core":
    case "enterprise":
    case undefined:
      return true;
  }
}

function otherProduct({ product }: UpstreamName, said: SaidError | undefined): string | undefined {
  if (said?.message === undefined) return undefined;
  const isManagement = product === "dedicated" || product === "clustered";
  if (isManagement && typeof said.code === "string") return "it answers like an InfluxDB v2 server";
  if (product === "v2" && typeof said.code === "number") {
    return "it answers like the Management API of Cloud Dedicated or Clustered";
  }
  return undefined;
}

/** Where a redirect points, without what may be confidential in it. */
function locationOf({ url }: UpstreamName, location: string): string {
  if (location === "" || !URL.canParse(location, url)) return "";
  const { origin, pathname } = new URL(location, url);
  return cut(`${origin}${pathname}`, 200);
}

/** Seconds, from the header's number or date; undefined for anything else. */
function waitOf(value: string, now: number): number | undefined {
  const text = value.trim();
  // Date.parse makes a date of almost anything; those of HTTP begin with a weekday.
  const isDate = /^[a-z]{3,9},? /i.test(text);
  const seconds = isDate ? Math.ceil((Date.parse(text) - now) / 1000) : Number(text);
  if (Number.isNaN(seconds) || (!isDate && !/^\d{1,9}$/.test(text))) return undefined;
  return Math.min(Math.max(seconds, 1), MOST_WAIT);
}

function first(value: string | string[] | undefined): string {
  return (Array.isArray(value) ? value[0] : value) ?? "";
}

const TOKEN_FORMS = [
  // Database tokens of Dedicated and Clustered, tokens of Core and Enterprise, management tokens of our own cluster.
  /\b(?:apiv\d+|twm\d+)_[\w+/=-]*/g,
  // Management tokens of Dedicated.
  /\bM\.V\d+\.[^\s"',;]*/g,
  // v2's.
  /[\w+/-]{86}==/g,
  // Hashes of tokens, as Core lists them.
  /\b[\da-f]{64,}\b/gi,
  // JSON Web Tokens.
  /\beyJ[\w-]+\.[\w-]+\.[\w-]*/g,
];

/** The text without the token that was sent and without anything that looks like one. */
export function scrub(text: string, secret: string): string {
  const spellings = [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)];
  let clean = text;
  for (const spelling of new Set(spellings)) {
    if (spelling !== "") clean = clean.replaceAll(spelling, "[token]");
  }
  return TOKEN_FORMS.reduce((rest, form) => rest.replace(form, "[token]"), clean);
}

/** To 2 kB of UTF-8 at most, between characters. */
function cut(text: string, most = MOST_WORDS): string {
  const bytes = Buffer.from(text, "utf8");
  if (bytes.byteLength <= most) return bytes.toString("utf8");
  let end = most - 3;
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return `${bytes.subarray(0, end).toString("utf8")}…`;
}
