/**
 * Our own extension of the list calls, with the headers of RFC 7240: whoever sends this word with `Prefer` gets the rows
 * of a list without account and cluster, which the address names and are three tenths of its text. Who does not know the word
 * answers with whole rows. Our own pages ask for columns instead: see token-columns.ts.
 */
export const SHORT_ROWS = "tokenward-short-rows";
export const PREFER_HEADER = "Prefer";
export const PREFERENCE_APPLIED_HEADER = "Preference-Applied";
