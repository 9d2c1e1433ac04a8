import * as z from "zod/mini";
import { clusterSchema, type Cluster } from "#contract/cluster.ts";
import { parseBody, send } from "./http.ts";

export async function listClusters(signal?: AbortSignal): Promise<Cluster[]> {
  return parseBody(z.array(clusterSchema), await send({ path: "/api/clusters", signal }));
}
