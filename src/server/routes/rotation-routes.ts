import * as z from "zod/mini";
import {
  rotationSchema,
  rotationStepSchema,
  startedRotationSchema,
  startRotationSchema,
} from "#contract/rotation.ts";
import type { Gateway } from "#server/gateway.ts";
import { createRotationStore } from "#server/rotations/rotation-store.ts";
import { listRotations, startRotation, takeStep } from "#server/rotations/rotation.ts";
import { clusterOfSlug } from "./cluster-scope.ts";
import { uuidParam } from "./ids.ts";
import { callContext, clusterOf, type Route, route, routeWithBody } from "./route.ts";

const tag = "Rotations";

export function rotationRoutes(gateway: Gateway): Route[] {
  const { clusters, db } = gateway;
  const cluster = clusterOfSlug(clusters);
  const prefix = "/api/clusters/:slug/rotations";
  const store = createRotationStore(db);
  return [
    route({
      method: "GET",
      path: prefix,
      summary: "The rotations in progress, oldest first, whoever started them",
      tag,
      access: "caller",
      cluster,
      isRecord: true,
      isAddition: true,
      answer: { status: 200, schema: z.array(rotationSchema), description: "Rotations in progress" },
      problems: [],
      handle: async (call) => {
        const entry = clusterOf(call);
        return { status: 200, body: await listRotations(store, entry, callContext(call)) };
      },
    }),
    routeWithBody({
      method: "POST",
      path: prefix,
      summary: "Start a rotation: creates a replacement with the token's own permissions",
      tag,
      access: "caller",
      cluster,
      isRecord: true,
      isAddition: true,
      request: startRotationSchema,
      answer: {
        status: 200,
        schema: startedRotationSchema,
        description: "The rotation, and the replacement with its secret, this once",
      },
      problems: [409],
      handle: async (call, wanted) => {
        const entry = clusterOf(call);
        const started = await startRotation(gateway, store, entry, call, wanted);
        return { status: 200, body: started, objectId: started.rotation.id, holdsSecret: true };
      },
    }),
    routeWithBody({
      method: "POST",
      path: `${prefix}/:rotationId/steps`,
      summary: "Take a rotation one step on; a step that was taken before is no error",
      tag,
      access: "caller",
      cluster,
      isRecord: true,
      isAddition: true,
      request: rotationStepSchema,
      answer: { status: 200, schema: rotationSchema, description: "The rotation after the step" },
      problems: [409],
      handle: async (call, { step }) => {
        const entry = clusterOf(call);
        const id = uuidParam(call, "rotationId");
        return { status: 200, body: await takeStep(gateway, store, entry, callContext(call), id, step) };
      },
    }),
  ];
}
