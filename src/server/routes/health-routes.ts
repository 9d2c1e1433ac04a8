import * as z from "zod/mini";
import { type Route, route } from "./route.ts";

export function healthRoutes(): Route[] {
  return [
    route({
      method: "GET",
      path: "/healthz",
      summary: "Whether the process is alive",
      tag: "Operation",
      access: "anyone",
      isAddition: true,
      answer: { status: 200, schema: z.object({ status: z.literal("ok") }), description: "It is" },
      problems: [],
      handle: async () => ({ status: 200, body: { status: "ok" } }),
    }),
  ];
}
