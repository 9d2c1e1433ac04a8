import type { RevokeRun, RevokeRunSummary, StartRevokeRun } from "#contract/revoke-run.ts";
import { parseBody, send } from "./http.ts";

export type { RevokeRun, RevokeRunSummary, StartRevokeRun };

/** Of 10,000 tokens a run's record is a megabyte or two. */
const RUN_TIMEOUT_SECONDS = 30;

function runsPath(slug: string): string {
  return `/api/clusters/${encodeURIComponent(slug)}/revoke-runs`;
}

function runPath(slug: string, runId: string): string {
  return `${runsPath(slug)}/${encodeURIComponent(runId)}`;
}

/** Runs that nobody has ended, the newest first. */
export async function listRevokeRuns(slug: string, signal?: AbortSignal): Promise<RevokeRunSummary[]> {
  return parseBody(({ revokeRuns }) => revokeRuns, await send({ path: runsPath(slug), signal }));
}

/** Records what is about to be revoked. Nothing is revoked by it. */
export async function recordRevokeRun(
  slug: string,
  body: StartRevokeRun,
  idempotencyKey: string,
): Promise<RevokeRunSummary> {
  const answer = await send({
    method: "POST",
    path: runsPath(slug),
    body,
    idempotencyKey,
    kind: "interactive",
    timeoutSeconds: RUN_TIMEOUT_SECONDS,
  });
  return parseBody(({ revokeRunSummary }) => revokeRunSummary, answer);
}

/** A run with what the gateway knows of each of its tokens. */
export async function getRevokeRun(slug: string, runId: string, signal?: AbortSignal): Promise<RevokeRun> {
  const answer = await send({
    path: runPath(slug, runId),
    signal,
    kind: "interactive",
    timeoutSeconds: RUN_TIMEOUT_SECONDS,
  });
  return parseBody(({ revokeRun }) => revokeRun, answer);
}

/** Says that a run is over: it is not offered any more. */
export async function endRevokeRun(slug: string, runId: string, idempotencyKey: string): Promise<void> {
  await send({
    method: "POST",
    path: `${runPath(slug, runId)}/end`,
    idempotencyKey,
    kind: "interactive",
    timeoutSeconds: RUN_TIMEOUT_SECONDS,
  });
}
