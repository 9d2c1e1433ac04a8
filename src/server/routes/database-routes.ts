import * as z from "zod/mini";
import { createDatabaseSchema, databaseSchema } from "#contract/database.ts";
import type { Gateway } from "#server/gateway.ts";
import { clusterScopes } from "./cluster-scope.ts";
import { databaseNameParam } from "./ids.ts";
import { callContext, clusterOf, type Route, route, routeWithBody } from "./route.ts";

const tag = "Databases";

export function databaseRoutes({ clusters }: Gateway): Route[] {
  return clusterScopes(clusters).flatMap(({ prefix, name, cluster, show }) => [
    route({
      method: "GET",
      path: `${prefix}/databases`,
      summary: `List the databases ${name}`,
      tag,
      access: "caller",
      cluster,
      isAddition: false,
      answer: { status: 200, schema: z.array(databaseSchema), description: "All databases" },
      problems: [],
      handle: async (call) => ({
        status: 200,
        body: (await clusterOf(call).service.listDatabases(callContext(call))).map(show),
      }),
    }),
    routeWithBody({
      method: "POST",
      path: `${prefix}/databases`,
      summary: `Create a database ${name}`,
      tag,
      access: "caller",
      cluster,
      isAddition: false,
      request: createDatabaseSchema,
      answer: { status: 200, schema: databaseSchema, description: "The database" },
      problems: [409],
      handle: async (call, wanted) => {
        const database = await clusterOf(call).service.createDatabase(callContext(call), wanted);
        return { status: 200, body: show(database), objectId: database.name };
      },
    }),
    route({
      method: "DELETE",
      path: `${prefix}/databases/:name`,
      summary: "Delete a database",
      tag,
      access: "caller",
      cluster,
      isAddition: false,
      answer: { status: 204, description: "Deleted" },
      problems: [],
      handle: async (call) => {
        const database = databaseNameParam(call);
        await clusterOf(call).service.deleteDatabase(callContext(call), database);
        return { status: 204, objectId: database };
      },
    }),
  ]);
}
