/**
 * What is checked about security, after OWASP's ASVS 5.0 level 2 for an application whose gateway holds the credentials.
 * A test whose name, or that of a suite around it, begins with one of these numbers and a full stop shows a part of it.
 */
export const securityChecks: Readonly<Record<number, string>> = {
  1: "One content security policy on every answer, with a nonce of 128 bits that is new each time",
  2: "The other headers; HSTS over TLS; no version of the server; 405; /api is never HTML",
  3: "API answers are not stored, hashed files are immutable, source maps are not served",
  4: "Cookies: __Host-, Secure, HttpOnly, SameSite=Strict; no start in clear text beyond this machine",
  5: "Sessions: ids, their ends, signing out, one-time links",
  6: "No secret in an answer, header, page, log line or byte of the database",
  7: "Headers of clients and clusters are not passed through",
  8: "Addresses of clusters come from the configuration; bad paths and ids get nowhere; no redirects",
  9: "Host, origin, and what a change from a session needs; GET changes nothing; no CORS",
  10: "Nothing outside the configuration; who may only look changes nothing",
  11: "Limits of rates, sizes, depth, time and of revocations at once",
  12: "OpenID Connect: state, nonce, PKCE, issuer, audience, expiry, return addresses",
  13: "Closed when the store is gone or a change cannot be recorded",
  14: "After a secret was shown, it is nowhere in the browser",
  15: "Only “I have stored it” closes the secret, which is masked and not read by helpers",
  16: "“Copied” only after it was",
  17: "No request leaves for another origin",
  18: "Script in any text stays text",
  19: "Directions of writing are isolated, what cannot be seen is written out",
  20: "Log lines, names of fields and cells of CSV stay what they are",
  21: "No install scripts, permissive licences",
  22: "Our own faults say nothing of the inside; a cluster's words are data",
};
