import { createLazyModule } from "#app/ui/lazy-module.ts";

export const tokenFlows = createLazyModule(() => import("./token-flows.tsx"));
