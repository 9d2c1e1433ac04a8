import { createLazyModule } from "#app/ui/lazy-module.ts";

export const revokeTokenFlow = createLazyModule(() => import("./revoke-token-flow.tsx"));
