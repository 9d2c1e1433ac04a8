import { createLazyModule } from "#app/ui/lazy-module.ts";

/** Options menu, sort menu, filters: loaded while the page is idle. */
export const tokenMenus = createLazyModule(() => import("./token-menus.tsx"));
