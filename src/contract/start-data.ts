export type { StartData } from "./start-data-schema.ts";

/** The comment in index.html that the gateway replaces by the data block, and the id of that block. */
export const START_DATA_PLACEHOLDER = "<!--tokenward-start-->";
export const START_DATA_ID = "tokenward-start";
