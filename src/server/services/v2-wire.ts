import * as z from "zod/mini";
import { ALL_DATABASES, type Permission } from "#contract/permission.ts";
import { tokenSchema } from "#contract/token-schema.ts";
import type { Token } from "#contract/token.ts";

// The wire of InfluxDB v2, from its public description and from the source of the open edition. Schemas name what is
// taken: fields that are not named, `token` before all, go no further than the parser.

/** 16 hexadecimal digits, not all of them zero; v2 writes them in lower case and takes either. */
export function isV2Id(text: string): boolean {
  return /^[0-9a-f]{16}$/i.test(text) && /[^0]/.test(text);
}

const idSchema = z.string().check(z.refine(isV2Id, "must have 16 hexadecimal digits"));

const resourceSchema = z.object({
  type: z.string().check(z.minLength(1)),
  id: z.optional(idSchema),
  name: z.optional(z.string()),
  orgID: z.optional(idSchema),
  org: z.optional(z.string()),
});
type V2Resource = z.infer<typeof resourceSchema>;

const authorizationSchema = z.object({
  id: idSchema,
  status: z._default(z.enum(["active", "inactive"]), "active"),
  description: z._default(z.string(), ""),
  orgID: z.optional(z.string()),
  org: z.optional(z.string()),
  userID: z.optional(z.string()),
  user: z.optional(z.string()),
  permissions: z.array(z.object({ action: z.string(), resource: resourceSchema })),
  createdAt: z.string(),
  updatedAt: z.optional(z.string()),
});
type V2Authorization = z.infer<typeof authorizationSchema>;

export const authorizationsSchema = z.object({ authorizations: z.array(z.unknown()) });
/** Only of what creating answers: the one secret that may go on, once. */
export const secretSchema = z.object({ token: z.string().check(z.minLength(1)) });
export const meSchema = z.object({ id: idSchema });
export const organizationsSchema = z.object({ orgs: z.array(z.object({ id: idSchema })) });
export const bucketsSchema = z.object({
  buckets: z.array(
    z.object({
      id: idSchema,
      name: z.string(),
      orgID: z.optional(idSchema),
      retentionRules: z._default(z.array(z.object({ everySeconds: z.number() })), []),
    }),
  ),
});
export type V2Bucket = z.infer<typeof bucketsSchema>["buckets"][number];

/** The longest `resource` of the Management API. */
const LONGEST_RESOURCE = 64;

/**
 * Names what a permission is for. Buckets take the place of databases, so they stand by their name alone, as
 * databases do; what is of another type says so: `tasks`, or `tasks/` with a name or an id.
 */
function resourceWords({ type, id, name }: V2Resource): string {
  const isBucket = type === "buckets";
  // "any" covers every bucket too.
  if (id === undefined) return isBucket || type === "any" ? ALL_DATABASES : type.slice(0, LONGEST_RESOURCE);
  const start = isBucket ? "" : `${type}/`;
  const words = name === undefined || name === "" ? `${start}${id}` : `${start}${name}`;
  // A bucket may be called "*" as well, which must not look like all of them.
  if (words !== ALL_DATABASES && words.length <= LONGEST_RESOURCE) return words;
  return `${start}${id}`.slice(-LONGEST_RESOURCE);
}

/** Everything that v2 says of a permission is in it, so that it can be shown, and given to another token. */
function toPermission(action: string, resource: V2Resource): Permission {
  const { type, id, name, orgID, org } = resource;
  return {
    action,
    resource: resourceWords(resource),
    resourceType: type,
    ...(id === undefined ? {} : { resourceId: id }),
    ...(name === undefined ? {} : { resourceName: name }),
    ...(orgID === undefined ? {} : { resourceOrganizationId: orgID }),
    ...(org === undefined ? {} : { resourceOrganization: org }),
  };
}

interface ClusterIds {
  accountId: string;
  clusterId: string;
}

/** The token of a row, without its secret; undefined when the row is not what v2 sends. */
export function toToken({ accountId, clusterId }: ClusterIds, row: unknown): Token | undefined {
  const parsed = authorizationSchema.safeParse(row);
  if (!parsed.success) return undefined;
  const { id, description, permissions, createdAt, user, userID, org, orgID } = parsed.data;
  const token = tokenSchema.safeParse({
    accountId,
    clusterId,
    id: id.toLowerCase(),
    description,
    permissions: permissions.map(({ action, resource }) => toPermission(action, resource)),
    createdAt,
    ...suspensionOf(parsed.data),
    ...(user === undefined ? {} : { owner: user }),
    ...(userID === undefined ? {} : { ownerId: userID }),
    ...(org === undefined ? {} : { organization: org }),
    ...(orgID === undefined ? {} : { organizationId: orgID }),
  });
  return token.success ? token.data : undefined;
}

/** v2 tells neither when a token was made inactive nor who did it; the last change is the nearest that it knows. */
function suspensionOf({ status, createdAt, updatedAt }: V2Authorization) {
  return status === "active" ? {} : { isDeactivated: true, suspendedAt: updatedAt ?? createdAt };
}

/**
 * A row of a list: the token, or what can be told of a row that is none, so that it is counted and named. Such a one has
 * no permissions, so it can never pass for a token.
 */
export function toRow(ids: ClusterIds, row: unknown): unknown {
  const token = toToken(ids, row);
  if (token !== undefined) return token;
  if (typeof row !== "object" || row === null || Array.isArray(row)) return null;
  const field = (name: string) => {
    const value: unknown = Object.getOwnPropertyDescriptor(row, name)?.value;
    return typeof value === "string" ? { [name]: value } : {};
  };
  return { ...field("id"), ...field("description"), ...field("createdAt") };
}

/** Whether a row is the token with this secret. Where v2 does not show its tokens, nobody can tell. */
export function isRowOf(row: unknown, isSecret: (text: string) => boolean): boolean {
  const parsed = secretSchema.safeParse(row);
  return parsed.success && isSecret(parsed.data.token);
}

/** What v2's `POST` takes. */
export interface WantedPermission {
  action: string;
  resource: { type: string; id?: string; orgID?: string };
}
