import { operationReferenceSchema, settledOperationSchema } from "#contract/operation-schema.ts";
import type { Gateway } from "#server/gateway.ts";
import { actorIdentity } from "#server/session/caller.ts";
import { type Call, callActor, type Route, routeWithBody } from "./route.ts";

const tag = "Operations";

/** About mutations that were sent with an Idempotency-Key, for who did not hear how they ended. */
export function operationRoutes({ operations }: Gateway): Route[] {
  const referenceOf = (call: Call, rawKey: string) => ({
    rawKey,
    actor: actorIdentity(callActor(call)),
  });
  return [
    routeWithBody({
      method: "POST",
      path: "/api/operations/settlement",
      summary: "What became of the caller's operation with this key; one that has not begun never will",
      tag,
      access: "caller",
      isAddition: true,
      isRepeatable: true,
      isNeverShed: true,
      request: operationReferenceSchema,
      answer: {
        status: 200,
        schema: settledOperationSchema,
        description: "Its state, and its answer if kept",
      },
      problems: [],
      handle: async (call, { operationKey }) => ({
        status: 200,
        body: await operations.settle(referenceOf(call, operationKey)),
      }),
    }),
    routeWithBody({
      method: "POST",
      path: "/api/operations/acknowledgement",
      summary: "The answer of the caller's operation with this key was received: it is kept no longer",
      tag,
      access: "caller",
      isAddition: true,
      isRepeatable: true,
      isNeverShed: true,
      request: operationReferenceSchema,
      answer: { status: 204, description: "Nothing of the answer is kept" },
      problems: [],
      handle: async (call, { operationKey }) => {
        await operations.acknowledge(referenceOf(call, operationKey));
        return { status: 204 };
      },
    }),
  ];
}
