import type { Gateway } from "#server/gateway.ts";
import { activityRoutes } from "./activity-routes.ts";
import { clusterRoutes } from "./cluster-routes.ts";
import { databaseRoutes } from "./database-routes.ts";
import { healthRoutes } from "./health-routes.ts";
import { managementTokenRoutes } from "./management-token-routes.ts";
import { operationRoutes } from "./operation-routes.ts";
import { oidcRoutes } from "./oidc-routes.ts";
import { openApiRoute } from "./openapi.ts";
import { revokeRunRoutes } from "./revoke-run-routes.ts";
import { rotationRoutes } from "./rotation-routes.ts";
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
    ...operationRoutes(gateway),
    ...activityRoutes(gateway),
    ...rotationRoutes(gateway),
    ...revokeRunRoutes(gateway),
    ...sessionRoutes(gateway),
    ...oidcRoutes(gateway),
    ...healthRoutes(gateway),
  ];
  return [...routes, openApiRoute(routes, gateway.site)];
}
