import { createLazyModule } from "#app/ui/lazy-module.ts";

// The first load is for the token pages; these come when somebody goes there.

export const signInPage = createLazyModule(() => import("./sign-in-page.tsx"));
export const snapshotPage = createLazyModule(() => import("./management-snapshot-page.tsx"));
export const activityPage = createLazyModule(() => import("./activity-page.tsx"));
export const notFoundPage = createLazyModule(() => import("./not-found-page.tsx"));
