import * as z from "zod/mini";
import { clusterSchema } from "#contract/cluster.ts";
import type { Gateway } from "#server/gateway.ts";
import { type Route, route } from "./route.ts";

export function clusterRoutes({ clusters }: Gateway): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/clusters",
      summary: "The clusters behind this gateway and what each can do",
      tag: "Clusters",
      access: "caller",
      isAddition: true,
      answer: { status: 200, schema: z.array(clusterSchema), description: "All clusters" },
      problems: [],
      handle: async () => ({ status: 200, body: clusters.entries.map((entry) => entry.cluster) }),
    }),
  ];
}
