import type { Activity } from "#contract/activity.ts";
import { parseBody, send } from "./http.ts";
import { tokenPath, type ClusterIds, type TokenKind } from "./tokens-api.ts";

/** What was done to a token through this gateway, newest first. */
export async function getTokenHistory(
  kind: TokenKind,
  ids: ClusterIds,
  id: string,
  signal?: AbortSignal,
): Promise<Activity[]> {
  return parseBody(
    ({ activities }) => activities,
    await send({ path: `${tokenPath(kind, ids, id)}/history`, signal }),
  );
}
