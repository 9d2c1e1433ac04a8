import { queryOptions, skipToken, useQuery, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { ApiError, type Failure } from "#app/api/api-error.ts";
import {
  askAgain,
  createVerified,
  isSameExpiry,
  type CreateOutcome,
  type CreateSteps,
} from "#app/api/create-token.ts";
import { problemOf, type ReadProblem } from "#app/api/reading.ts";
import {
  listRotations,
  readStarted,
  startRotation,
  takeRotationStep,
  type Started,
} from "#app/api/rotations-api.ts";
import { noteRefusal } from "#app/api/refused-actions.ts";
import type { ClusterIds } from "#app/api/tokens-api.ts";
import { settleOperation } from "#app/api/create-token-api.ts";
import { getSession } from "#app/api/session-api.ts";
import type { RequestKind } from "#contract/headers.ts";
import type { Actor } from "#contract/session.ts";
import type { Rotation, RotationStep, StartRotation } from "#contract/rotation.ts";
import {
  forgetPendingRotation,
  forgetRotation,
  keepPendingRotation,
  namePendingRotation,
} from "./pending-rotations.ts";

export type { Started };

export interface RotatingCluster extends ClusterIds {
  slug: string;
}

const REFRESH_MILLIS = 30_000;

export function rotationsQuery({ slug, accountId, clusterId }: RotatingCluster) {
  return queryOptions({
    queryKey: ["cluster", accountId, clusterId, "rotations"] as const,
    queryFn: ({ signal }) => listRotations(slug, signal),
  });
}

/** Rotations in progress, of both kinds of token. */
export function useRotations(cluster: RotatingCluster) {
  const { data, error, isFetching, refetch } = useQuery({
    ...rotationsQuery(cluster),
    refetchInterval: REFRESH_MILLIS,
    refetchOnWindowFocus: "always",
  });
  return {
    rotations: data,
    /** Why they are not known. */
    problem: data === undefined && error !== null ? problemOf(error) : undefined,
    isReading: isFetching,
    read: () => void refetch(),
  };
}

function endKey({ accountId, clusterId }: RotatingCluster, id: string | undefined) {
  return ["cluster", accountId, clusterId, "rotation-end", id ?? ""] as const;
}

/** How a rotation ended, where a step that was taken from this page says so: the list has only those in progress. */
export function useRotationEnd(cluster: RotatingCluster, id: string | undefined) {
  return useQuery<RotationEnd>({ queryKey: endKey(cluster, id), queryFn: skipToken, gcTime: Infinity }).data;
}

export type RotationEnd = "finished" | "abandoned";

/** What went wrong, for the dialog in which it was asked for. */
export type RotationProblem = ReadProblem;

export type StartOutcome =
  /** The secret is in `started`, and nowhere else. */
  | { kind: "started"; started: Started; expiresAsAsked: boolean }
  /** The record says how far it came, and the secret did not come along. */
  | { kind: "secret_lost" }
  | { kind: "not_created"; failure: Failure }
  /** Nothing more is known. `failure` is for asking again. */
  | {
      kind: "unknown";
      failure: Failure;
      checkFailure: Failure | undefined;
      /** Somebody else is signed in by now, who cannot ask. */
      byAnother: boolean;
    };

export interface StartRequest {
  cluster: RotatingCluster;
  wanted: StartRotation;
  /** Names this attempt. */
  operationKey: string;
  /** Whom the gateway takes for who sends it, or sent it. */
  actor: string;
  /** The same of anybody. */
  identityOf: (actor: Actor) => string;
  /** Called when the answer was not enough and asking begins. */
  onChecking: () => void;
  /** Asks again about the earlier attempt of this key, which failed this way, and starts nothing. */
  checkOnly?: Failure;
}

/**
 * Gives what starts a rotation, once, and resolves with what is true. Not a mutation of the query library, which would
 * keep its result: there is a secret in it.
 */
export function useStartRotation(): (request: StartRequest) => Promise<StartOutcome> {
  const client = useQueryClient();
  return async ({ cluster, wanted, operationKey, actor, identityOf, onChecking, checkOnly }) => {
    const { slug } = cluster;
    const { kind, tokenId, expiresAt } = wanted;
    let started: Started | undefined;
    let byAnother = false;
    const steps: CreateSteps = {
      send: async () => {
        const refusable = { kind: wanted.kind, ids: cluster, action: "create" } as const;
        started = await noteRefusal(client, refusable, () => startRotation(slug, wanted, operationKey));
        return started.created;
      },
      settle: async () => {
        const settled = await settleOperation(operationKey);
        const isFinal = settled.state !== "unknown" && settled.state !== "never_begun";
        byAnother = !isFinal && !(await isStill(actor, identityOf));
        // What somebody else hears of it is not what became of it: it may be under way.
        return byAnother ? { state: "in_progress", startedAt: new Date(0).toISOString() } : settled;
      },
      readAnswer: async (answer) => {
        started = await readStarted(answer);
        return started?.created;
      },
      findNewMatches: () => findRecord(client, cluster, tokenId),
      wait: waitSeconds,
      onChecking,
    };
    let outcome: CreateOutcome;
    if (checkOnly === undefined) {
      keepPendingRotation({
        operationKey,
        actor,
        slug,
        kind,
        tokenId,
        ...(expiresAt === undefined ? {} : { expiresAt }),
      });
      outcome = await createVerified(steps);
    } else {
      outcome = await askAgain(steps, checkOnly);
    }
    // A reload may come at any time from now on.
    if (outcome.kind === "created" && started !== undefined) {
      namePendingRotation(operationKey, started.rotation.id);
    }
    // Known everywhere before the dialog says so.
    await refetchRotations(client, cluster);
    switch (outcome.kind) {
      case "created":
        if (started === undefined) throw new Error("A rotation without its record.");
        return {
          kind: "started",
          started,
          expiresAsAsked: isSameExpiry(started.created.token.expiresAt, expiresAt),
        };
      case "created_secret_lost":
        if (outcome.how === "recorded") forgetPendingRotation(operationKey);
        return { kind: "secret_lost" };
      case "candidates":
        return { kind: "secret_lost" };
      case "not_created":
        forgetPendingRotation(operationKey);
        return outcome;
      case "unknown":
        return { ...outcome, byAnother };
    }
  };
}

/** Whether the gateway takes the caller for the same one as before. Throws ApiError when that cannot be asked. */
async function isStill(actor: string, identityOf: StartRequest["identityOf"]): Promise<boolean> {
  const session = await getSession();
  return session.signedIn && identityOf(session.actor) === actor;
}

/**
 * A rotation is recorded before its replacement is made. So where nobody knows what became of a request, the record
 * tells: without one nothing was made.
 */
async function findRecord(client: QueryClient, cluster: RotatingCluster, tokenId: string) {
  const rotations = await client.fetchQuery({ ...rotationsQuery(cluster), staleTime: 0, retry: false });
  return rotations
    .filter(({ oldTokenId }) => oldTokenId === tokenId)
    .map(({ id, newDescription, startedAt }) => ({
      id,
      description: newDescription,
      createdAt: startedAt,
    }));
}

function waitSeconds(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

async function refetchRotations(client: QueryClient, cluster: RotatingCluster): Promise<void> {
  await client.invalidateQueries({ queryKey: rotationsQuery(cluster).queryKey });
}

/** Gives what takes a rotation one step on. Resolves with undefined, or with why it was not taken. */
export function useRotationStep(): (
  cluster: RotatingCluster,
  rotation: Pick<Rotation, "id">,
  step: RotationStep,
  kind?: RequestKind,
) => Promise<RotationProblem | undefined> {
  const client = useQueryClient();
  return async (cluster, { id }, step, kind = "interactive") => {
    try {
      const { state } = await takeRotationStep(cluster.slug, id, step, kind);
      if (state === "finished" || state === "abandoned") client.setQueryData(endKey(cluster, id), state);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      // What it says now may be why.
      void refetchRotations(client, cluster);
      return problemOf(error);
    }
    // The gateway has erased its copy, or it is the secret of what nobody goes on with.
    forgetRotation(id);
    await refetchRotations(client, cluster);
    return undefined;
  };
}
