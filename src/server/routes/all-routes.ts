import type { Gateway } from "#server/gateway.ts";
import { clusterRoutes } from "./cluster-routes.ts";
import { databaseRoutes } from "./database-routes.ts";
import { healthRoutes } from "./health-routes.ts";
import { managementTokenRoutes } from "./management-token-routes.ts";
import { openApiRoute } from "./openapi.ts";
import type { Route } from "./route.ts";
import { sessionRoutes } from "./session-routes.ts";
import { tokenRoutes } from "./token-routes.ts";

/** Every route there is: registration, 405 and the OpenAPI document all come from this table. */
export function allRoutes(gateway: Gateway): Route[] {
  const routes = [
    ...tokenRoutes(gateway),
    ...databaseRoutes(gateway),
    ...managementTokenRoutes(gateway),
    ...clusterRoutes(gateway),
    ...sessionRoutes(gateway),
    ...healthRoutes(gateway),
  ];
  return [...routes, openApiRoute(routes, gateway.site)];
}
