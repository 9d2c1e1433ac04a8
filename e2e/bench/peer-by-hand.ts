import { appNames } from "./app.ts";
import { peerPage } from "./peer-page.ts";

/** A page written by hand for this one task, over the same list. */
export const peerByHand = peerPage(appNames.byHand, "e2e/bench/peer-by-hand");
