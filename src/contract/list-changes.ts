/**
 * Our own extension of the list calls, with the headers of RFC 3229: who holds a list sends its validator with
 * `If-None-Match` and this word with `A-IM`, and may be answered 226 with what changed since, instead of the whole
 * list. 304 and 200 stay possible answers at any time. In a 226 `Delta-Base` is the validator that was sent, and `ETag`
 * that of the list after the changes.
 */
export const TOKEN_CHANGES = "tokenward-changes";
export const ACCEPT_CHANGES_HEADER = "A-IM";
export const CHANGES_HEADER = "IM";
export const CHANGES_BASE_HEADER = "Delta-Base";
export const CHANGES_STATUS = 226;
