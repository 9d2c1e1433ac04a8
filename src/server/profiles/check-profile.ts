import { resolve } from "node:path";
import type { Product } from "#contract/cluster.ts";
import { isUuid } from "#contract/text.ts";
import { isLoopback } from "#server/site.ts";
import type { OwnProfile } from "./own-profile.ts";
import type { Profile, ProfileTls } from "./profile.ts";
import { slugOf, uuidOf } from "./profile-names.ts";

/** Where Cloud Dedicated's Management API is: https://docs.influxdata.com/influxdb3/cloud-dedicated/api/management/ */
export const DEDICATED_URL = "https://console.influxdata.com";

export type Table = Record<string, unknown>;

/** What is wrong with a profile: a key of it, and the rest of a sentence that begins with it. Never a value. */
export class ProfileFault extends Error {
  override readonly name = "ProfileFault";
  readonly key: string;
  constructor(key: string, reason: string) {
    super(reason);
    this.key = key;
  }
}

export interface CheckedProfile {
  profile: Profile | OwnProfile;
  /** What somebody may not expect of it: a key and a sentence. */
  remarks: { key: string; text: string }[];
}

const products: readonly Product[] = ["dedicated", "clustered", "v2", "core", "enterprise", "own"];

/** Of influxctl's own format, which has keys that are for queries and writes only, and of our additions. */
const knownKeys = [
  "name",
  "product",
  "host",
  "port",
  "account_id",
  "cluster_id",
  "database",
  "token",
  "mgmt_token",
  "tls",
  "auth",
  "url",
  "long_paths",
];
const knownTlsKeys = ["insecure", "disable", "cert", "key", "ca"];

/** A `[[profile]]`. `folder`: what relative file names in it are relative to. Throws ProfileFault. */
export function checkProfile(table: Table, folder: string): CheckedProfile {
  const remarks: CheckedProfile["remarks"] = [...typos(table, knownKeys, "")];
  const name = checkName(table);
  const slug = slugOf(name);
  const product = checkProduct(table);
  if (product === "own") {
    for (const key of ["url", "host"]) {
      if (table[key] !== undefined) throw new ProfileFault(key, "is not for Tokenward's own cluster");
    }
    return { profile: { name, slug, product }, remarks };
  }
  if (table.long_paths !== undefined && product !== "clustered") {
    throw new ProfileFault("long_paths", 'is for product = "clustered" only');
  }

  const tlsTable = subTable(table, "tls");
  remarks.push(...typos(tlsTable, knownTlsKeys, "tls."));
  const tls = checkTls(tlsTable, folder);
  const disable = flagOf(tlsTable, "disable", "tls.disable");
  const { url, remark } = checkAddress(table, product, disable);
  if (remark !== undefined) remarks.push(remark);
  if (tls.insecure) {
    remarks.push({ key: "tls.insecure", text: "any certificate is accepted, also that of somebody between" });
  }
  if (url.startsWith("http:") && !isLoopback(new URL(url).hostname)) {
    remarks.push({ key: "url", text: "tokens are sent to this cluster in clear text" });
  }

  const longPaths = flagOf(table, "long_paths");
  const hasIds = product === "dedicated" || product === "clustered";
  const idOf = (key: "account_id" | "cluster_id") => {
    const id = hasIds ? textOf(table, key) : undefined;
    if (id === undefined) {
      if (product === "dedicated") throw new ProfileFault(key, "is missing");
      if (longPaths) throw new ProfileFault(key, "is missing: long_paths needs it");
      return uuidOf(`${key}\n${url}\n${name}`);
    }
    if (!isUuid(id)) throw new ProfileFault(key, "is not a UUID");
    return id.toLowerCase();
  };
  const profile: Profile = {
    name,
    slug,
    product,
    url,
    tls,
    accountId: idOf("account_id"),
    clusterId: idOf("cluster_id"),
    longPaths,
    token: tokenOf(table, hasIds),
  };
  return { profile, remarks };
}

/** In influxctl's own profiles `token` is one for queries and writes, and of no use here. */
function tokenOf(table: Table, isInfluxctl: boolean): string | undefined {
  const key = isInfluxctl || table.token === undefined ? "mgmt_token" : "token";
  const token = textOf(table, key);
  // It travels in a header, where a space or a line break would end it.
  if (token !== undefined && !/^[\x21-\x7e]{1,4096}$/.test(token)) {
    throw new ProfileFault(key, "has spaces or other characters that no token has");
  }
  return token;
}

/** Fit to stand in a line of a terminal. */
export function isName(name: unknown): name is string {
  if (typeof name !== "string" || name === "" || name.length > 100) return false;
  return name.trim() === name && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(name);
}

function checkName(table: Table): string {
  const name = textOf(table, "name");
  if (name === undefined) throw new ProfileFault("name", "is missing");
  if (!isName(name)) {
    throw new ProfileFault(
      "name",
      "must be one line of 100 visible characters at most, without spaces around",
    );
  }
  return name;
}

function checkProduct(table: Table): Product {
  const text = textOf(table, "product");
  const product = products.find((known) => known === text);
  if (product !== undefined) return product;
  const what = text === undefined ? "is missing" : "is none that Tokenward knows";
  throw new ProfileFault("product", `${what}: ${products.slice(0, -1).join(", ")} or own`);
}

interface Address {
  url: string;
  remark?: { key: string; text: string };
}

function checkAddress(table: Table, product: Profile["product"], disable: boolean): Address {
  const host = textOf(table, "host");
  const port = portOf(table);
  const given = textOf(table, "url");
  if (given !== undefined) {
    if (product !== "dedicated" && host !== undefined) {
      throw new ProfileFault("host", "and url both say where the cluster is: give one of them");
    }
    const url = checkUrl(given);
    if (disable && url.startsWith("https:")) {
      throw new ProfileFault("tls.disable", "contradicts a url that begins with https://");
    }
    return { url };
  }
  if (product === "dedicated") {
    // Its host is that of queries and writes; the Management API is at the same place for all clusters.
    if (!disable) return { url: DEDICATED_URL };
    return {
      url: DEDICATED_URL,
      remark: { key: "tls.disable", text: "TLS stays on: the Management API is asked by https only" },
    };
  }
  if (product !== "clustered") {
    throw new ProfileFault(
      "url",
      host === undefined ? "is missing" : "is missing: this product takes it in place of host",
    );
  }
  if (host === undefined) {
    if (port === undefined) throw new ProfileFault("host", "is missing");
    throw new ProfileFault("port", "is given without a host");
  }
  return { url: urlOfHost(host, port, disable) };
}

function urlOfHost(host: string, port: number | undefined, disable: boolean): string {
  if (host.includes("://")) throw new ProfileFault("host", "takes a name or an address without a scheme");
  const isBareIpv6 = /^[0-9a-f:.]+$/i.test(host) && host.split(":").length > 2;
  const name = isBareIpv6 ? `[${host}]` : host;
  const scheme = disable ? "http" : "https";
  const text = `${scheme}://${name}${port === undefined ? "" : `:${port}`}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = /^(?:[^\s/\\?#@:[\]]+|\[[0-9a-f:.]+\])$/i.test(name);
  if (url === undefined || !isPlain || url.hostname === "") {
    throw new ProfileFault("host", "must be a name or an address alone: a port goes into port");
  }
  return url.origin;
}

function checkUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== "https:" && url.protocol !== "http:")) {
    throw new ProfileFault("url", "must be an address that begins with https:// or http://");
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw new ProfileFault("url", "must have no user, password, query or fragment");
  }
  return url.origin + url.pathname.replace(/\/+$/, "");
}

/** influxctl writes it as a text. */
function portOf(table: Table): number | undefined {
  const value = table.port;
  if (value === undefined || value === "") return undefined;
  const port = typeof value === "string" && /^\d{1,5}$/.test(value) ? Number(value) : value;
  if (typeof port !== "number" || !Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new ProfileFault("port", "must be a whole number from 1 to 65535");
  }
  return port;
}

function checkTls(table: Table, folder: string): ProfileTls {
  const file = (key: string) => {
    const path = textOf(table, key, `tls.${key}`);
    return path === undefined ? undefined : resolve(folder, path);
  };
  const certFile = file("cert");
  const keyFile = file("key");
  if (certFile === undefined && keyFile !== undefined)
    throw new ProfileFault("tls.key", "needs a cert beside it");
  if (certFile !== undefined && keyFile === undefined)
    throw new ProfileFault("tls.cert", "needs a key beside it");
  return { insecure: flagOf(table, "insecure", "tls.insecure"), caFile: file("ca"), certFile, keyFile };
}

/** influxctl's own sample has empty texts for what is not set. */
export function textOf(table: Table, key: string, path = key): string | undefined {
  const value = table[key];
  if (value === undefined || value === "") return undefined;
  if (typeof value !== "string") throw new ProfileFault(path, "must be a text in quotes");
  return value;
}

function flagOf(table: Table, key: string, path = key): boolean {
  const value = table[key];
  if (value !== undefined && typeof value !== "boolean")
    throw new ProfileFault(path, "must be true or false");
  return value === true;
}

function subTable(table: Table, key: string): Table {
  const value = table[key];
  if (value === undefined) return {};
  if (!isTable(value)) throw new ProfileFault(key, `must be a table: [profile.${key}]`);
  return value;
}

export function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** Keys that nobody knows and that are nearly known ones. Others may belong to a newer influxctl. */
export function typos(table: Table, known: readonly string[], prefix: string): CheckedProfile["remarks"] {
  return Object.keys(table).flatMap((key) => {
    if (known.includes(key) || !/^[\w-]+$/.test(key)) return [];
    const meant = known.find((candidate) => isNear(key.toLowerCase().replaceAll("-", "_"), candidate));
    if (meant === undefined) return [];
    const text = `the key “${prefix}${key}” is not known and was ignored: is it “${prefix}${meant}”?`;
    return [{ key: prefix + key, text }];
  });
}

/** Whether one text becomes the other by a letter or two, or in a short one by a letter. */
function isNear(one: string, other: string): boolean {
  return distance(one, other) <= (other.length < 5 ? 1 : 2);
}

/** How many letters have to be put in, left out or replaced (Levenshtein). */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [index, letter] of Array.from(one).entries()) {
    const next = [index + 1];
    for (let at = 1; at <= other.length; at++) {
      const replaced = (row[at - 1] ?? 0) + (letter === other[at - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[at] ?? 0) + 1, (next[at - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
