import { createLazyModule } from "#app/ui/lazy-module.ts";

export const drawerModule = createLazyModule(() => import("./drawer.tsx"));
