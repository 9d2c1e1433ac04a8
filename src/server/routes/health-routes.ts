import * as z from "zod/mini";
import type { Gateway } from "#server/gateway.ts";
import { type Route, route } from "./route.ts";

export function healthRoutes({ instance }: Gateway): Route[] {
  return [
    route({
      method: "GET",
      path: "/healthz",
      summary: "Whether the process is alive",
      tag: "Operation",
      access: "anyone",
      isAddition: true,
      answer: {
        status: 200,
        schema: z.object({ status: z.literal("ok"), instance: z.string() }),
        description: "It is; `instance` differs from start to start",
      },
      problems: [],
      handle: async () => ({ status: 200, body: { status: "ok", instance } }),
    }),
  ];
}
