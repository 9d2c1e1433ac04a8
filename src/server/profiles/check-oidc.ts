import { resolve } from "node:path";
import type { OidcSettings } from "#server/oidc/oidc-settings.ts";
import { isLoopback } from "#server/site.ts";
import { type CheckedProfile, isName, ProfileFault, type Table, textOf, typos } from "./check-profile.ts";
import type { OwnProfile } from "./own-profile.ts";
import type { Profile } from "./profile.ts";

/** Who asks for no refresh token is signed out as soon as the first access token ends. */
const DEFAULT_SCOPES = "openid profile email offline_access";

const knownKeys = ["issuer", "client_id", "client_secret", "scopes", "audience", "name", "ca", "clusters"];

export interface OidcSurroundings {
  /** What relative file names are relative to. */
  folder: string;
  /** The mode of the file where others than its owner may read or change it. */
  openMode: string | undefined;
  /** What this gateway lacks, as the rest of a sentence that begins with the table. */
  refusal: string | undefined;
  /** Those that can be used. */
  profiles: readonly (Profile | OwnProfile)[];
}

/** The `[oidc]` table. Throws ProfileFault. */
export function checkOidc(
  table: Table,
  { folder, openMode, refusal, profiles }: OidcSurroundings,
): { settings: OidcSettings; remarks: CheckedProfile["remarks"] } {
  if (openMode !== undefined && (parseInt(openMode, 8) & 0o022) !== 0) {
    throw new ProfileFault(
      "issuer",
      `is in a file that others than its owner can change (mode ${openMode}, should be 600)`,
    );
  }
  const remarks = typos(table, knownKeys, "").map(({ key, text }) => ({ key, text: `has a fault: ${text}` }));
  const issuer = checkIssuer(textOf(table, "issuer"));
  const clientId = line(table, "client_id");
  if (clientId === undefined) throw new ProfileFault("client_id", "is missing");
  const clientSecret = line(table, "client_secret");
  if (clientSecret !== undefined && openMode !== undefined) {
    throw new ProfileFault(
      "client_secret",
      `is in a file that others than its owner can read or change (mode ${openMode}, should be 600)`,
    );
  }
  const scopes = line(table, "scopes") ?? DEFAULT_SCOPES;
  if (!scopes.split(" ").includes("openid")) throw new ProfileFault("scopes", "must have openid among them");
  const name = textOf(table, "name") ?? new URL(issuer).host;
  if (!isName(name)) {
    throw new ProfileFault(
      "name",
      "must be one line of 100 visible characters at most, without spaces around",
    );
  }
  if (refusal !== undefined) throw new ProfileFault("issuer", refusal);
  const ca = textOf(table, "ca");
  const { slugs, left } = checkClusters(table.clusters, profiles);
  remarks.push(...left.map((text) => ({ key: "clusters", text })));
  return {
    settings: {
      issuer,
      clientId,
      clientSecret,
      scopes,
      audience: line(table, "audience"),
      name,
      caFile: ca === undefined ? undefined : resolve(folder, ca),
      slugs,
    },
    remarks,
  };
}

function checkIssuer(text: string | undefined): string {
  if (text === undefined) throw new ProfileFault("issuer", "is missing");
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== "https:" && url.protocol !== "http:")) {
    throw new ProfileFault("issuer", "must be an address that begins with https://");
  }
  if (url.protocol === "http:" && !isLoopback(url.hostname)) {
    throw new ProfileFault("issuer", "must begin with https://: people's passwords and tokens go there");
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw new ProfileFault("issuer", "must have no user, password, query or fragment");
  }
  return text;
}

/** Printable ASCII: it travels in addresses and headers. */
function line(table: Table, key: string): string | undefined {
  const text = textOf(table, key);
  if (text !== undefined && !/^[\x20-\x7e]{1,1000}$/.test(text)) {
    throw new ProfileFault(key, "has characters that cannot be in it");
  }
  return text;
}

/** Why a cluster gets no tokens of which nobody said that it should. One of them is good for all clusters. */
function exposure(profile: Profile | OwnProfile): string | undefined {
  if (profile.product === "own") return undefined;
  const { protocol, hostname } = new URL(profile.url);
  if (protocol === "http:" && !isLoopback(hostname)) return "which is reached without TLS";
  return profile.tls.insecure ? "whose certificate is not checked" : undefined;
}

/** `left`: what is to be said of clusters that could take the tokens and do not get them. */
function checkClusters(
  value: unknown,
  profiles: readonly (Profile | OwnProfile)[],
): { slugs: Set<string>; left: string[] } {
  const takes = ({ product }: Profile | OwnProfile) => product === "dedicated" || product === "clustered";
  if (value === undefined) {
    const takers = profiles.filter(takes);
    const safe = takers.filter((one) => exposure(one) === undefined);
    const left = takers.flatMap((one) => {
      const why = exposure(one);
      if (why === undefined) return [];
      return [`sends no tokens to “${one.name}”, ${why}: name it in clusters if it is to get them`];
    });
    if (safe.length > 0) return { slugs: new Set(safe.map(({ slug }) => slug)), left };
    if (takers.length > 0) {
      throw new ProfileFault(
        "clusters",
        "must be named: none that takes such tokens is reached by TLS with a certificate that is checked",
      );
    }
    throw new ProfileFault("clusters", "are none: only Cloud Dedicated and Clustered take such tokens");
  }
  if (!Array.isArray(value) || value.length === 0) {
    throw new ProfileFault("clusters", "must be a list of names of profiles");
  }
  const names: readonly unknown[] = value;
  const slugs = new Set(
    names.map((name, index) => {
      const profile = profiles.find((one) => one.name === name);
      if (profile === undefined) {
        throw new ProfileFault("clusters", `has as its entry ${index + 1} no profile that can be used`);
      }
      if (!takes(profile)) {
        throw new ProfileFault("clusters", `has “${profile.name}”, whose product takes no such tokens`);
      }
      return profile.slug;
    }),
  );
  return { slugs, left: [] };
}
