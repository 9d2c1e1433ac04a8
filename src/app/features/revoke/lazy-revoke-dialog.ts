import { createLazyModule } from "#app/ui/lazy-module.ts";

export const revokeDialog = createLazyModule(() => import("./revoke-dialog.tsx"));
