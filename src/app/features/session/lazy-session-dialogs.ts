import { createLazyModule } from "#app/ui/lazy-module.ts";

export const sessionDialogs = createLazyModule(() => import("./session-dialogs.tsx"));
