import react from "@vitejs/plugin-react";
import { appNames } from "./app.ts";
import { peerPage } from "./peer-page.ts";

/** A page written with plain TanStack Table and Virtual, over the same list. */
export const peerTanstack = peerPage(appNames.tanstack, "e2e/bench/peer-tanstack", [react()]);
