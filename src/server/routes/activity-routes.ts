import * as z from "zod/mini";
import {
  activityActions,
  activityDeedSchema,
  activityOutcomes,
  activityPageSchema,
} from "#contract/activity.ts";
import type { ActivityFilter } from "#contract/activity-filter.ts";
import { instantSchema } from "#contract/instant-schema.ts";
import { activityPageText } from "#server/activity/activity-page-text.ts";
import { exportText } from "#server/activity/activity-export.ts";
import type { ActivityScope } from "#server/activity/activity-pages.ts";
import { ApiError } from "#server/api-error.ts";
import { toInstant } from "#server/clock.ts";
import type { Gateway } from "#server/gateway.ts";
import { clusterOfSlug } from "./cluster-scope.ts";
import { uuidParam } from "./ids.ts";
import { streamed } from "./list-answer.ts";
import { type Call, clusterOf, queryOf, type Route, route } from "./route.ts";

const tag = "Activity";

/** Deeds in one answer, where the caller does not say how many, and at most. */
const PAGE_LIMIT = 1000;
const MOST_DEEDS = 5000;

const wholeNumber = (least: number, most: number) =>
  z.pipe(
    z.string().check(z.regex(/^\d{1,16}$/, "must be a whole number")),
    z.pipe(
      z.transform(Number),
      z
        .int()
        .check(z.minimum(least, `must be at least ${least}`), z.maximum(most, `must be at most ${most}`)),
    ),
  );
const rowNumber = wholeNumber(0, Number.MAX_SAFE_INTEGER);

const pageQuery = z.object({
  before: z.optional(rowNumber),
  limit: z.optional(wholeNumber(1, MOST_DEEDS)),
  since: z.optional(rowNumber),
});

const exportQuery = z.object({
  format: z.enum(["jsonl", "csv"]),
  q: z.optional(z.string()),
  action: z.optional(z.array(z.enum(activityActions))),
  outcome: z.optional(z.array(z.enum(activityOutcomes))),
  kind: z.optional(z.enum(["database", "management"])),
  actor: z.optional(z.string()),
  token: z.optional(z.string()),
  from: z.optional(instantSchema),
  until: z.optional(instantSchema),
});

const contentTypes = {
  jsonl: "application/x-ndjson; charset=utf-8",
  csv: "text/csv; charset=utf-8; header=present",
};

/** What was done to the tokens of a cluster, and to the management tokens of its account, through this gateway. */
export function activityRoutes(gateway: Gateway): Route[] {
  const { activity, clock, clusters, log } = gateway;
  const cluster = clusterOfSlug(clusters);
  const prefix = "/api/clusters/:slug/activity";
  const scopeOf = (call: Call): ActivityScope => {
    const { accountId, clusterId } = clusterOf(call).cluster;
    return { accountId, clusterId };
  };

  return [
    route({
      method: "GET",
      path: prefix,
      summary:
        "What was done to a cluster's tokens, newest first: a page of it, or all that has changed since a row",
      tag,
      access: "caller",
      cluster,
      isRecord: true,
      isDeeds: true,
      isAddition: true,
      query: pageQuery,
      answer: { status: 200, schema: activityPageSchema, description: "Deeds without their permissions" },
      problems: [],
      handle: async (call) => {
        const { before, limit, since } = queryOf(call, pageQuery);
        if (since !== undefined && (before !== undefined || limit !== undefined)) {
          const message = "since asks for all that is new: it goes with neither before nor limit.";
          throw new ApiError(400, "invalid_request", message, { field: "since" });
        }
        const wanted = { before, limit: limit ?? PAGE_LIMIT, since };
        const text = await activityPageText(activity, scopeOf(call), wanted);
        return streamed(call, log, 200, { Vary: "Accept-Encoding" }, text);
      },
    }),
    route({
      method: "GET",
      path: `${prefix}/export`,
      summary: "What was done to a cluster's tokens, newest first, as a file: whole as JSON Lines, or as CSV",
      tag,
      access: "caller",
      cluster,
      isRecord: true,
      isDeeds: true,
      isAddition: true,
      query: exportQuery,
      answer: {
        status: 200,
        description: "The deeds that the parameters mean; all of them without any",
        contentTypes: Object.values(contentTypes),
      },
      problems: [],
      handle: async (call) => {
        const { format, ...wanted } = queryOf(call, exportQuery);
        const text = await exportText(activity, scopeOf(call), filterOf(wanted), format);
        const day = toInstant(clock()).slice(0, 10);
        const name = `activity-${clusterOf(call).cluster.slug}-${day}.${format}`;
        const headers = {
          Vary: "Accept-Encoding",
          "Content-Type": contentTypes[format],
          "Content-Disposition": `attachment; filename="${name}"`,
        };
        return streamed(call, log, 200, headers, text);
      },
    }),
    route({
      method: "GET",
      path: `${prefix}/:deedId`,
      summary: "One deed whole, with what the token was before and what it became",
      tag,
      access: "caller",
      cluster,
      isRecord: true,
      isDeeds: true,
      isAddition: true,
      answer: { status: 200, schema: activityDeedSchema, description: "The deed" },
      problems: [],
      handle: async (call) => {
        const deed = await activity.deed(scopeOf(call), uuidParam(call, "deedId"));
        if (deed === undefined) {
          throw new ApiError(404, "not_found", "There is no such deed in this cluster's record.");
        }
        return { status: 200, body: deed };
      },
    }),
  ];
}

function filterOf(wanted: Omit<z.output<typeof exportQuery>, "format">): ActivityFilter {
  const { q, action, outcome, kind, actor, token, from, until } = wanted;
  return {
    ...(q === undefined ? {} : { query: q }),
    ...(action === undefined ? {} : { actions: action }),
    ...(outcome === undefined ? {} : { outcomes: outcome }),
    ...(kind === undefined ? {} : { kind }),
    ...(actor === undefined ? {} : { actor }),
    ...(token === undefined ? {} : { tokenId: token }),
    ...(from === undefined ? {} : { from }),
    ...(until === undefined ? {} : { until }),
  };
}
