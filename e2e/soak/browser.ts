import { ApiError, type Failure } from "#app/api/api-error.ts";
import { readToken } from "#app/api/change-token-api.ts";
import { CLUSTERS_KEY } from "#app/api/clusters-api.ts";
import { acknowledgeOperation, settleOperation } from "#app/api/create-token-api.ts";
import { createVerified } from "#app/api/create-token.ts";
import { startRevokeRun } from "#app/api/revoke-run.ts";
import { endRevokeRun, recordRevokeRun } from "#app/api/revoke-runs-api.ts";
import { revokeVerified } from "#app/api/revoke-token.ts";
import { listRotations, readStarted, startRotation, takeRotationStep } from "#app/api/rotations-api.ts";
import {
  checkUpdateAgain,
  updateVerified,
  type TokenReading,
  type UpdateOutcome,
} from "#app/api/update-token.ts";
import { contentOf, updateBetween } from "#app/features/token-form/change-flow.ts";
import { mergeContent, type EditableContent } from "#app/features/token-form/permission-merge.ts";
import type { TokenChange } from "#app/features/tokens/token-change-verdict.ts";
import { readWithKept, stepsFor as changeSteps } from "#app/features/tokens/token-changes.ts";
import { stepsFor as creationSteps } from "#app/features/tokens/token-creation.ts";
import { freshList, stepsFor as revokeSteps } from "#app/features/tokens/token-mutations.ts";
import { tokensQuery } from "#app/features/tokens/token-queries.ts";
import { connectRun } from "#app/features/tokens/token-run-mutations.ts";
import type { Cluster } from "#contract/cluster.ts";
import type { Permission } from "#contract/permission.ts";
import { canonicalPermissions, type Content, type Effect, type Row, type Told } from "./oracle.ts";
import { type Client, IDS, type World } from "./world.ts";

// What the pages do, by the pages' own code: all of it but the screen, and the seconds that they let pass between readings.

/** An open dialog in which a token is changed. */
export interface Form {
  base: TokenReading;
  wish: EditableContent;
  /** Set: what became of the last attempt is not known, and only looking again is offered. */
  doubt: Failure | undefined;
}

/** The pages wait so that a slow server can finish; here the gateway is done before the line breaks. */
const soon = async () => {};
const ignore = () => {};

function slugOf({ cache }: Client): string {
  const clusters = cache.getQueryData<Cluster[]>(CLUSTERS_KEY) ?? [];
  return clusters.find(({ clusterId }) => clusterId === IDS.clusterId)?.slug ?? "";
}

/** Of something that may fail with an ApiError, and then did not happen as far as the page knows. */
async function orUndefined<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof ApiError) return undefined;
    throw error;
  }
}

/** Reads the list as the page does; what it shows differently from the database, in words. Undefined: it shows an error. */
export async function lookAtList(world: World, { cache }: Client): Promise<string[] | undefined> {
  const list = await orUndefined(freshList(cache, "database", IDS));
  // An error is what it may come to; a shorter list is not.
  if (list === undefined) return undefined;
  const state = await world.state();
  const wrong: string[] = [];
  if (list.index.total !== state.size) {
    wrong.push(`the list has ${String(list.index.total)} of ${String(state.size)} tokens (I6)`);
  }
  for (const row of state.values()) {
    const place = list.index.rowOf(row.id);
    if (place === undefined) wrong.push(`${row.description} is not in the list (I6)`);
    else {
      const { description, permissions = [], revokedAt } = list.index.tokenAt(place);
      const shown = {
        description,
        permissions: canonicalPermissions(permissions),
        isRevoked: revokedAt !== undefined,
      };
      if (!isShown(row, shown)) wrong.push(`${row.description} is shown as ${JSON.stringify(shown)}`);
    }
  }
  return wrong;
}

function isShown(row: Row, shown: Content & { isRevoked: boolean }): boolean {
  const { description, permissions, isRevoked } = row;
  return JSON.stringify({ description, permissions, isRevoked }) === JSON.stringify(shown);
}

export async function create(
  world: World,
  { cache }: Client,
  words: string,
  description: string,
  permissions: Permission[],
): Promise<Told[]> {
  const { queryKey } = tokensQuery("database", IDS);
  const operationKey = crypto.randomUUID();
  const steps = creationSteps(cache, {
    kind: "database",
    ids: IDS,
    wanted: { description, permissions },
    operationKey,
    sentAt: world.now(),
    isKnown: (id) => cache.getQueryData(queryKey)?.index.rowOf(id) !== undefined,
    whoMustAsk: async () => undefined,
    onChecking: ignore,
  });
  const outcome = await createVerified({ ...steps, wait: soon });
  const content = { description, permissions: canonicalPermissions(permissions) };
  const effect: Effect = { kind: "create", content, most: 1 };
  switch (outcome.kind) {
    case "created": {
      const { token, secret } = outcome.created;
      world.keepSecret(secret);
      await orUndefined(acknowledgeOperation(operationKey));
      return [{ words, effect, outcome: "done", made: { id: token.id, secret } }];
    }
    case "created_secret_lost":
      return [{ words, effect, outcome: "done", made: { id: outcome.tokenId, secret: undefined } }];
    case "not_created":
      return [{ words, effect, outcome: "not_done" }];
    case "candidates":
    case "unknown":
      return [{ words, effect, outcome: "unknown" }];
  }
}

export async function revoke({ cache }: Client, words: string, id: string): Promise<Told[]> {
  const request = {
    kind: "database",
    ids: IDS,
    tokenId: id,
    onChecking: ignore,
    endsSession: false,
  } as const;
  const { kind } = await revokeVerified({ ...revokeSteps(cache, request), wait: soon });
  return [{ words, effect: { kind: "revoke", id }, outcome: kind }];
}

/** Opens the dialog of a token; undefined when it could not be read. */
export async function open(
  id: string,
  edit: (content: EditableContent) => EditableContent,
): Promise<Form | undefined> {
  const base = await orUndefined(readToken(IDS, id, { asked: true }));
  return base && { base, wish: edit(contentOf(base.token)), doubt: undefined };
}

/** Saves what a form wants, or looks again what became of it; the form that is open afterwards, if any. */
export async function save(
  { cache }: Client,
  words: string,
  form: Form,
): Promise<{ told: Told[]; form: Form | undefined }> {
  const { base, wish } = form;
  const update = updateBetween(contentOf(base.token), wish);
  if (update === undefined) return { told: [], form: undefined };
  const steps = { ...changeSteps(cache, IDS, { change: "update", base, update }, ignore), wait: soon };
  const outcome = await (form.doubt === undefined
    ? updateVerified(steps)
    : checkUpdateAgain(steps, form.doubt));
  const effect: Effect = {
    kind: "update",
    id: base.token.id,
    base: plain(contentOf(base.token)),
    wish: plain(wish),
  };
  const told = [{ words, effect, outcome: whatIsTold(outcome) }];
  switch (outcome.kind) {
    case "saved":
    case "gone":
      return { told, form: undefined };
    case "not_saved":
      return { told, form: { ...form, doubt: undefined } };
    case "conflict": {
      const theirs = contentOf(outcome.current.token);
      const { description, permissions } = mergeContent(contentOf(base.token), wish, theirs);
      const merged = {
        description: "text" in description ? description.text : description.mine,
        permissions,
      };
      return { told, form: { base: outcome.current, wish: merged, doubt: undefined } };
    }
    case "unknown":
      return { told, form: { ...form, doubt: outcome.failure } };
  }
}

function plain({ description, permissions }: EditableContent): Content {
  return { description, permissions: canonicalPermissions(permissions) };
}

function whatIsTold({ kind }: UpdateOutcome): Told["outcome"] {
  switch (kind) {
    case "saved":
      return "done";
    case "not_saved":
    case "conflict":
      return "not_done";
    case "gone":
    case "unknown":
      return kind;
  }
}

/** Suspends a token, or restores one that is suspended. */
export async function suspendOrRestore({ cache }: Client, words: string, id: string): Promise<Told[]> {
  const base = await orUndefined(readWithKept(IDS, id));
  if (base === undefined) return [];
  const { kept } = base;
  const change: TokenChange =
    kept === undefined ? { change: "suspend", base } : { change: "restore", base: { ...base, kept } };
  const steps = { ...changeSteps(cache, IDS, change, ignore), wait: soon };
  const outcome = await updateVerified(steps);
  return [
    {
      words,
      effect: { kind: change.change === "suspend" ? "suspend" : "restore", id },
      outcome: whatIsTold(outcome),
    },
  ];
}

/** Revokes many in one run, by id with how they are called; after a pause it is stopped, so that the rest is not attempted. */
export async function revokeMany(
  client: Client,
  words: string,
  called: ReadonlyMap<string, string>,
): Promise<Told[]> {
  const ids = [...called.keys()];
  const slug = slugOf(client);
  const tokens = ids.map((tokenId) => ({ tokenId, description: "" }));
  const run = await orUndefined(recordRevokeRun(slug, { kind: "database", tokens }, crypto.randomUUID()));
  if (run === undefined) return [];
  const { steps, revoked, close } = connectRun(client.cache, {
    kind: "database",
    ids: IDS,
    runId: run.id,
    onPatched: ignore,
  });
  const told: Told[] = [];
  let now = 0;
  const runner = startRevokeRun(
    ids.map((id) => ({ id, how: "send" })),
    {
      ...steps,
      // Its pauses pass at once, and it sees that they did.
      wait: async (seconds) => void (now += seconds * 1000),
      now: () => now,
      onOutcome: (id, outcome) => {
        told.push({
          words: `${words}, of which ${called.get(id) ?? id}`,
          effect: { kind: "revoke", id },
          outcome: outcome.kind,
        });
        if (outcome.kind === "done") revoked(id, outcome.revokedAt);
      },
    },
  );
  runner.subscribe(() => {
    if (runner.progress().phase.phase === "paused") runner.stop();
  });
  await runner.finished;
  close();
  await orUndefined(endRevokeRun(slug, run.id, crypto.randomUUID()));
  return told;
}

/** A rotation that is to be taken on. */
export interface Turn {
  rotationId: string;
  /** How its old token was called. */
  called: string;
  oldId: string;
}

/** Asks for the replacement of a token, which must be one like it. */
export async function beginRotation(
  world: World,
  client: Client,
  words: string,
  { id: oldId, called }: { id: string; called: string },
  description: string,
): Promise<{ told: Told[]; turn: Turn | undefined }> {
  const slug = slugOf(client);
  const operationKey = crypto.randomUUID();
  let turn: Turn | undefined;
  const outcome = await createVerified({
    send: async () => {
      const started = await startRotation(
        slug,
        { kind: "database", tokenId: oldId, description },
        operationKey,
      );
      turn = { rotationId: started.rotation.id, called, oldId };
      return started.created;
    },
    settle: () => settleOperation(operationKey),
    readAnswer: async (answer) => {
      const started = await readStarted(answer);
      if (started !== undefined) turn = { rotationId: started.rotation.id, called, oldId };
      return started?.created;
    },
    findNewMatches: async () =>
      (await listRotations(slug))
        .filter(({ oldTokenId }) => oldTokenId === oldId)
        .map(({ id, newDescription, startedAt }) => ({
          id,
          description: newDescription,
          createdAt: startedAt,
        })),
    wait: soon,
    onChecking: ignore,
  });
  const effect: Effect = { kind: "create", content: { description, like: oldId }, most: 1 };
  switch (outcome.kind) {
    case "created": {
      const { token, secret } = outcome.created;
      world.keepSecret(secret);
      return { told: [{ words, effect, outcome: "done", made: { id: token.id, secret } }], turn };
    }
    case "not_created":
      return { told: [{ words, effect, outcome: "not_done" }], turn: undefined };
    // The record says how far it came, and is shown; whose id it names is its own.
    case "created_secret_lost":
    case "candidates":
    case "unknown":
      return { told: [{ words, effect, outcome: "unknown" }], turn: undefined };
  }
}

/** Says that the new secret is stored, revokes the old token and ends the rotation, as far as that goes. */
export async function finishRotation(
  world: World,
  client: Client,
  words: string,
  { rotationId, oldId }: Turn,
): Promise<{ told: Told[]; isOver: boolean; wrong: string[] }> {
  const slug = slugOf(client);
  const step = (name: "acknowledged" | "finished") =>
    orUndefined(takeRotationStep(slug, rotationId, name, "interactive"));
  if ((await step("acknowledged")) === undefined) return { told: [], isOver: false, wrong: [] };
  const told = await revoke(client, words, oldId);
  const ended = await step("finished");
  const isGone = (await world.state()).get(oldId)?.isRevoked === true;
  const wrong =
    ended?.state === "finished" && !isGone ? [`${words}: finished, and the old token is active`] : [];
  return { told, isOver: ended?.state === "finished", wrong };
}
