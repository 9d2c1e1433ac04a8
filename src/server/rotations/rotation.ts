import { randomUUID } from "node:crypto";
import type { CreatedManagementToken, CreateManagementToken } from "#contract/management-token.ts";
import type { Permission } from "#contract/permission.ts";
import type { Rotation, RotationStep, StartRotation, StartedRotation } from "#contract/rotation.ts";
import { isSuspended, type CreatedToken } from "#contract/token.ts";
import { recorded } from "#server/activity/recorded.ts";
import { ApiError } from "#server/api-error.ts";
import type { ClusterEntry } from "#server/clusters.ts";
import type { Gateway } from "#server/gateway.ts";
import { eraseAnswerOfMaking } from "#server/operations/answer-erasure.ts";
import { toApiError } from "#server/problem-answer.ts";
import { type Call, callContext } from "#server/routes/route.ts";
import { tokenEntityTag } from "#server/services/entity-tag.ts";
import type { CallContext } from "#server/services/token-service.ts";
import { scopeOf, toRotation, type RotationRow, type RotationStore } from "./rotation-store.ts";

type Surroundings = Pick<Gateway, "db" | "clock" | "log" | "activity">;

/** Rotations whose tokens are read side by side. */
const READS_AT_ONCE = 8;

const conflict = (message: string) => new ApiError(409, "conflict", message);

/**
 * Creates the replacement of a token and records the rotation, in this order: the record first, so that a gateway which
 * is killed leaves a trace of what it may have made. Throws ApiError: `conflict` when the token is revoked, suspended or
 * being rotated already, and whatever the service refuses.
 */
export async function startRotation(
  surroundings: Surroundings,
  store: RotationStore,
  entry: ClusterEntry,
  call: Call,
  wanted: StartRotation,
): Promise<StartedRotation> {
  const { clock, log } = surroundings;
  const context = callContext(call);
  const seen = await readOld(entry, context, wanted.kind, wanted.tokenId);
  checkRotatable(seen);
  const proposedId = randomUUID();
  const row: RotationRow = {
    id: randomUUID(),
    scope_id: scopeOf(entry, wanted.kind),
    kind: wanted.kind,
    state: "creating",
    old_token_id: seen.id,
    old_description: seen.description,
    new_description: wanted.description,
    new_token_id: null,
    proposed_token_id: proposedId,
    started_at: clock(),
    started_by: context.actor.label,
    acknowledged_at: null,
    ended_at: null,
  };
  if (!(await store.begin(row))) {
    throw conflict("A rotation of this token is in progress already: go on with that one, or abandon it.");
  }
  const unrecorded = (error: unknown) =>
    log.error({ event: "rotation not recorded", stack: error instanceof Error ? error.stack : undefined });

  let token: Replacement["token"];
  try {
    // Whoever changed the token between being read and being marked as rotated is not passed over.
    const old = await readOld(entry, context, wanted.kind, wanted.tokenId);
    checkRotatable(old);
    if (old.content !== seen.content) {
      throw conflict("This token was changed at this moment: read it again before you rotate it.");
    }
    ({ token } = await recorded(surroundings, call, {
      action: "create",
      accountId: entry.cluster.accountId,
      ...(wanted.kind === "database" ? { clusterId: entry.cluster.clusterId } : {}),
      kind: wanted.kind,
      wanted: { description: wanted.description, ...old.allowed },
      act: () =>
        old.createReplacement(
          {
            description: wanted.description,
            ...(wanted.expiresAt === undefined ? {} : { expiresAt: wanted.expiresAt }),
          },
          proposedId,
        ),
      after: ({ content }) => content,
    }));
  } catch (error) {
    // What the failure of this says is less than what the refusal says.
    if (toApiError(error).nothingDone) await store.takeBack(row.id).catch(unrecorded);
    throw error;
  }
  // From here on there is a secret that nobody else has: it is answered, whatever happens to the record.
  const written = await store.recordCreated(row.id, token.id).catch(unrecorded);
  return { rotation: toRotation(written ?? { ...row, new_token_id: token.id }), token };
}

function checkRotatable(old: OldToken): void {
  if (old.isRevoked) throw conflict("This token is gone for good: there is nothing left to rotate.");
  if (old.isSuspended) {
    throw conflict("This token is out of use for now: it has to be active before it is rotated.");
  }
}

/**
 * The rotations in progress, oldest first, with what reading their tokens tells: whether the old one is gone, and of
 * those that were cut off while the replacement was made, whether it is there. What cannot be read is left out.
 */
export async function listRotations(
  store: RotationStore,
  entry: ClusterEntry,
  context: CallContext,
): Promise<Rotation[]> {
  const rows = await store.inProgress(entry);
  const seen: { row: RotationRow; isGone: boolean | undefined }[] = [];
  for (let start = 0; start < rows.length; start += READS_AT_ONCE) {
    const some = rows.slice(start, start + READS_AT_ONCE).map(async (row) => ({
      row: await heal(store, entry, context, row),
      isGone: await isKnownGone(entry, context, row).catch(() => false),
    }));
    seen.push(...(await Promise.all(some)));
  }
  // One list for all of them: it may be long.
  const doubtful = seen.flatMap(({ row, isGone }) => (isGone === undefined ? [row.old_token_id] : []));
  const gone = await goneAmong(entry, context, doubtful).catch(() => new Set<string>());
  return seen.map(({ row, isGone }) => ({
    ...toRotation(row),
    ...((isGone ?? gone.has(row.old_token_id)) ? { oldTokenGone: true as const } : {}),
  }));
}

/**
 * The gateway may have been killed, or its record lost, between the creation and its record. Where the replacement got
 * the id that was proposed for it, reading that one token tells. The row as it is then, as far as it can be told.
 */
async function heal(
  store: RotationStore,
  entry: ClusterEntry,
  context: CallContext,
  row: RotationRow,
): Promise<RotationRow> {
  const id = row.proposed_token_id;
  if (row.state !== "creating" || id === null) return row;
  try {
    if (row.kind === "database") await entry.service.getToken(context, id);
    else await entry.service.getManagementToken(context, id);
    return (await store.recordCreated(row.id, id)) ?? row;
  } catch {
    // It is not there, not yet perhaps, or cannot be read: the next look may tell.
    return row;
  }
}

/**
 * Takes a rotation one step on, whoever started it. A step that was taken before is no error. Throws ApiError:
 * `not_found`, or `conflict` when it is not that step's turn.
 */
export async function takeStep(
  { db, clock }: Surroundings,
  store: RotationStore,
  entry: ClusterEntry,
  context: CallContext,
  id: string,
  step: RotationStep,
): Promise<Rotation> {
  // When somebody else changes the row in between, what it says then decides. States only go forward, so this ends.
  for (;;) {
    const found = await store.find(entry, id);
    if (found === undefined) throw new ApiError(404, "not_found", "There is no such rotation.");
    const row = await heal(store, entry, context, found);
    const change = await changeFor(step, row, entry, context, clock());
    context.checkTime?.();
    const moved = change === undefined ? row : await store.move(row, change);
    if (moved === undefined) continue;
    // Shown once means until acknowledged: the answer with the secret is given to nobody any more.
    if (step === "acknowledged") await eraseAnswerOfMaking(db, row.id, row.started_at);
    return toRotation(moved);
  }
}

/** Undefined: the step has been taken already. */
async function changeFor(
  step: RotationStep,
  row: RotationRow,
  entry: ClusterEntry,
  context: CallContext,
  now: number,
): Promise<Partial<RotationRow> | undefined> {
  switch (step) {
    case "acknowledged":
      if (row.state === "overlap" || row.state === "finished") return undefined;
      if (row.state === "abandoned") throw conflict("This rotation was abandoned.");
      if (row.state === "creating") {
        throw conflict(
          "It is not recorded that the replacement was created: there is no secret to store yet.",
        );
      }
      return { state: "overlap", acknowledged_at: now };
    case "finished":
      if (row.state === "finished") return undefined;
      if (row.state === "abandoned") throw conflict("This rotation was abandoned.");
      if (row.state !== "overlap") {
        throw conflict("Nobody has said yet that the replacement's secret is stored.");
      }
      if (!(await isGone(entry, context, row))) {
        throw conflict("The old token is still there: the rotation ends when it is not.");
      }
      return { state: "finished", ended_at: now };
    case "abandoned":
      if (row.state === "abandoned") return undefined;
      if (row.state === "finished")
        throw conflict("This rotation is finished: the old token is gone for good.");
      // Nothing would be left that works: only the replacement does, and it is in use. What cannot be read may be abandoned.
      if (row.state === "overlap" && (await isGone(entry, context, row).catch(() => false))) {
        throw conflict("The old token is gone already and cannot stay: finish this rotation instead.");
      }
      return { state: "abandoned", ended_at: now };
  }
}

/** Revoked or absent. Where a 404 is not certain the whole list decides; throws where that cannot tell either. */
async function isGone(entry: ClusterEntry, context: CallContext, row: RotationRow): Promise<boolean> {
  const id = row.old_token_id;
  return (await isKnownGone(entry, context, row)) ?? (await goneAmong(entry, context, [id])).has(id);
}

/** By what reading the token says; undefined where that is a 404 which is not certain. */
async function isKnownGone(
  entry: ClusterEntry,
  context: CallContext,
  row: RotationRow,
): Promise<boolean | undefined> {
  try {
    return (await readOld(entry, context, row.kind, row.old_token_id)).isRevoked;
  } catch (error) {
    if (!(error instanceof ApiError) || error.reason !== "not_found") throw error;
    return row.kind === "management" || entry.service.goneAmong === undefined ? true : undefined;
  }
}

async function goneAmong(
  { service }: ClusterEntry,
  context: CallContext,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  if (ids.length === 0 || service.goneAmong === undefined) return new Set();
  return service.goneAmong(context, ids);
}

/** A token with its secret, and what of it is recorded. */
interface Replacement {
  token: CreatedToken | CreatedManagementToken;
  content: { id: string; description: string; permissions?: Permission[] };
}

interface OldToken {
  id: string;
  description: string;
  isRevoked: boolean;
  isSuspended: boolean;
  /** For the record of what is done: its permissions, where it has any of its own. */
  allowed: { permissions?: Permission[] };
  /** The same text as long as nobody changed it. */
  content: string;
  /** With the permissions that the old one has, as the cluster gave them. */
  createReplacement(wanted: CreateManagementToken, proposedId: string): Promise<Replacement>;
}

async function readOld(
  { service }: ClusterEntry,
  context: CallContext,
  kind: RotationRow["kind"],
  id: string,
): Promise<OldToken> {
  if (kind === "management") {
    const token = await service.getManagementToken(context, id);
    return {
      id: token.id,
      description: token.description,
      isRevoked: token.revokedAt !== undefined,
      isSuspended: false,
      allowed: {},
      content: token.description,
      createReplacement: async (wanted, proposedId) => {
        const made = await service.createManagementToken(context, wanted, proposedId);
        return { token: made, content: { id: made.id, description: made.description } };
      },
    };
  }
  const token = await service.getToken(context, id);
  return {
    id: token.id,
    description: token.description,
    isRevoked: token.revokedAt !== undefined,
    isSuspended: isSuspended(token),
    allowed: { permissions: token.permissions },
    content: tokenEntityTag(token),
    createReplacement: async (wanted, proposedId) => {
      const { permissions, organizationId } = token;
      // Not every permission says in which organization it is.
      const replacement = {
        ...wanted,
        permissions,
        ...(organizationId === undefined ? {} : { organizationId }),
      };
      const made = await service.createToken(context, replacement, proposedId);
      return { token: made, content: made };
    },
  };
}
