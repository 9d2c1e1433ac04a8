import { createLazyModule } from "#app/ui/lazy-module.ts";

export const keysDialog = createLazyModule(() => import("./keys-dialog.tsx"));
