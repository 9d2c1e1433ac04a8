import { createLazyModule } from "#app/ui/lazy-module.ts";

/** What a gateway with several clusters needs, or one whose cluster asks for a token. */
export const clusterParts = createLazyModule(() => import("./cluster-parts.tsx"));
