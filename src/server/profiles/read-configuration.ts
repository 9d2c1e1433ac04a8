import { constants } from "node:fs";
import { access, open } from "node:fs/promises";
import { dirname } from "node:path";
import { parse, TomlError } from "smol-toml";
import { CLUSTER_ID } from "#server/database/own-cluster-setup.ts";
import { codeOf } from "#server/key-file.ts";
import type { OidcSettings } from "#server/oidc/oidc-settings.ts";
import { StartError } from "#server/start-error.ts";
import { checkProfile, isName, isTable, ProfileFault, type Table } from "./check-profile.ts";
import { checkOidc, type OidcSurroundings } from "./check-oidc.ts";
import type { OwnProfile } from "./own-profile.ts";
import type { Profile } from "./profile.ts";
import { profileLines } from "./toml-lines.ts";

/** A cluster of the configuration. */
export interface ConfiguredCluster {
  /** Its token is there only if it may be used. */
  profile: Profile | OwnProfile;
  /** Why who came by a link has no credential here; undefined when they have. */
  linkRefusal: string | undefined;
}

export interface Configuration {
  /** In the order of the file, at least one. */
  clusters: ConfiguredCluster[];
  defaultSlug: string;
  /** The identity provider that people may come from. */
  oidc?: OidcSettings | undefined;
  /** What is wrong with the file, or not to be expected: a line for a person each. */
  remarks: string[];
}

export interface ConfigurationSource {
  file: string;
  /** The option that named it. */
  option: string;
  /** Why this gateway does not use tokens of a file; undefined when it may. */
  tokensRefusal: string | undefined;
  /** What this gateway lacks to take people from an identity provider, after "[oidc]". */
  oidcRefusal?: string | undefined;
}

/** No configuration that people write comes near. */
const MAX_BYTES = 1_000_000;

const SIGN_IN = "Sign in to it with a token of its own.";

/**
 * Reads influxctl's profiles, and those of other products in the same form. Throws StartError when the file cannot be
 * read, is no TOML, or has no profile that can be used. No message holds a value of the file: it may be a token.
 */
export async function readConfiguration(source: ConfigurationSource): Promise<Configuration> {
  const { file, option } = source;
  const { text, othersMay, openMode } = await readText(file, option);
  const document = parseToml(text, file);
  const entries = profilesOf(document, file);
  const lines = profileLines(text);
  const at = (line: number) => `${file}, line ${line}: `;

  const clusters: ConfiguredCluster[] = [];
  const remarks: string[] = [];
  const seen: { profile: Profile | OwnProfile; line: number }[] = [];
  const folder = dirname(file);
  for (const [index, entry] of entries.entries()) {
    const header = lines.header(index);
    try {
      if (!isTable(entry)) throw new ProfileFault("profile", "must be a table: [[profile]]");
      const checked = checkProfile(entry, folder);
      const { profile } = checked;
      if (profile.product !== "own") await checkFiles(profile);
      refuseDouble(profile, seen);
      seen.push({ profile, line: header });
      const of = `profile ${quoted(profile.name)}`;
      for (const { key, text: remark } of checked.remarks) {
        remarks.push(`${at(lines.key(index, key))}${of}: ${remark}.`);
      }
      if (profile.product === "own") {
        clusters.push({ profile, linkRefusal: undefined });
        continue;
      }
      const refusal = source.tokensRefusal ?? othersMay;
      if (profile.token !== undefined && refusal !== undefined) {
        remarks.push(`${at(header)}${of}: its token is not used. ${refusal}`);
      }
      const linkRefusal =
        profile.token === undefined ? "The configuration holds no token for this cluster." : refusal;
      clusters.push({
        profile: linkRefusal === undefined ? profile : { ...profile, token: undefined },
        linkRefusal: linkRefusal === undefined ? undefined : `${linkRefusal} ${SIGN_IN}`,
      });
    } catch (error) {
      if (!(error instanceof ProfileFault)) throw error;
      remarks.push(`${at(lines.key(index, error.key))}${leftOut(entry, error)}`);
    }
  }

  const main = clusters.find(({ profile }) => profile.name === "default") ?? clusters[0];
  if (main === undefined) {
    throw new StartError(
      [`The file ${file} of ${option} has no profile that can be used.`, ...remarks].join("\n"),
    );
  }
  const wanted = entries.find((entry) => isTable(entry) && entry.name === "default") ?? entries[0];
  if (!isTable(wanted) || wanted.name !== main.profile.name) {
    remarks.push(
      `${file}: the profile that would be the default cluster is left out. ${quoted(main.profile.name)} is the default now, and what the short paths of the API mean.`,
    );
  }
  const oidc = await oidcOf(document.oidc, {
    folder,
    openMode,
    refusal: source.oidcRefusal,
    profiles: clusters.map(({ profile }) => profile),
    remark: (key, sentence) => remarks.push(`${at(lines.tableKey("oidc", key))}[oidc] ${sentence}`),
  });
  return { clusters, defaultSlug: main.profile.slug, oidc, remarks };
}

/** Undefined where there is none, or one that cannot be used: the clusters are there all the same. */
async function oidcOf(
  table: unknown,
  about: OidcSurroundings & { remark: (key: string, sentence: string) => void },
): Promise<OidcSettings | undefined> {
  if (table === undefined) return undefined;
  try {
    if (!isTable(table)) throw new ProfileFault("issuer", "must stand in a table: [oidc]");
    const { settings, remarks } = checkOidc(table, about);
    await checkFile("ca", settings.caFile);
    for (const { key, text } of remarks) about.remark(key, `${text}.`);
    return settings;
  } catch (error) {
    if (!(error instanceof ProfileFault)) throw error;
    about.remark(error.key, `is left out: ${error.key} ${error.message}.`);
    return undefined;
  }
}

function leftOut(entry: unknown, fault: ProfileFault): string {
  const which = isTable(entry) && isName(entry.name) ? `profile ${quoted(entry.name)}` : "this profile";
  return `${which} is left out: ${fault.key} ${fault.message}.`;
}

const quoted = (name: string) => `“${name}”`;

/** In what follows a cluster is known by its slug and its cluster id. */
function refuseDouble(
  profile: Profile | OwnProfile,
  seen: readonly { profile: Profile | OwnProfile; line: number }[],
): void {
  const idOf = (one: Profile | OwnProfile) => (one.product === "own" ? CLUSTER_ID : one.clusterId);
  for (const { profile: other, line } of seen) {
    const which = `profile ${quoted(other.name)} in line ${line}`;
    if (other.name === profile.name)
      throw new ProfileFault("name", `is that of another profile, in line ${line}`);
    if (other.slug === profile.slug) {
      throw new ProfileFault("name", `would give it the same address here (${profile.slug}) as ${which}`);
    }
    if (other.product === "own" && profile.product === "own") {
      throw new ProfileFault("product", `is own, of which there is one only: ${which}`);
    }
    if (idOf(other) === idOf(profile)) throw new ProfileFault("cluster_id", `is that of ${which}`);
  }
}

async function checkFiles({ tls }: Profile): Promise<void> {
  for (const [key, path] of [
    ["tls.ca", tls.caFile],
    ["tls.cert", tls.certFile],
    ["tls.key", tls.keyFile],
  ] as const) {
    await checkFile(key, path);
  }
}

async function checkFile(key: string, path: string | undefined): Promise<void> {
  if (path === undefined) return;
  await access(path, constants.R_OK).catch((error: unknown) => {
    throw new ProfileFault(key, `names a file that cannot be read (${codeOf(error)})`);
  });
}

/** `othersMay`: why tokens in the file are not used, from its permissions, which `openMode` are then. */
async function readText(
  file: string,
  option: string,
): Promise<{ text: string; othersMay: string | undefined; openMode: string | undefined }> {
  const unreadable = (reason: string, cause?: unknown) =>
    new StartError(`The file ${file} of ${option} cannot be read (${reason}).`, { cause });
  // Not by its name twice: somebody might put another file there in between.
  const handle = await open(file, "r").catch((error: unknown) => {
    throw unreadable(codeOf(error), error);
  });
  try {
    const state = await handle.stat();
    if (!state.isFile()) throw unreadable("it is no file");
    if (state.size > MAX_BYTES) throw unreadable("it is larger than 1 MB");
    const text = (await handle.readFile("utf8")).replace(/^\uFEFF/, "");
    const mode = state.mode & 0o777;
    // Windows has no such bits. Who can write the file could also have the token sent to another address.
    const isOpen = process.platform !== "win32" && (mode & 0o066) !== 0;
    if (!isOpen) return { text, othersMay: undefined, openMode: undefined };
    const shown = mode.toString(8).padStart(3, "0");
    return {
      text,
      openMode: shown,
      othersMay: `The configuration file has a token for this cluster, but others than its owner can read or change that file (mode ${shown}, should be 600).`,
    };
  } catch (error) {
    if (error instanceof StartError) throw error;
    throw unreadable(codeOf(error), error);
  } finally {
    await handle.close();
  }
}

function parseToml(text: string, file: string): Table {
  try {
    return parse(text, { unsafeKeyBehaviour: "throw" });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // Its message goes on with lines of the file, which may hold a token. For the same reason it is no cause of this.
    const reason = error.message.split("\n")[0] ?? "";
    throw new StartError(
      `${file}, line ${error.line}: ${reason.replace(/^Invalid TOML document: /, "not TOML: ")}.`,
    );
  }
}

function profilesOf(document: Table, file: string): unknown[] {
  const { profile } = document;
  if (Array.isArray(profile) && profile.length > 0) return profile;
  const why = isTable(profile)
    ? "[profile] is written with two brackets: [[profile]]"
    : "it has no [[profile]]";
  throw new StartError(`The file ${file} names no cluster: ${why}.`);
}
