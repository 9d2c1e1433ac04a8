import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { inspect } from "node:util";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ProblemReason } from "#contract/problem.ts";
import { ApiError } from "#server/api-error.ts";
import { testAuthority } from "#server/certificate-for-tests.ts";
import { answering, startHostileServer, type HostileServer } from "#server/hostile-server-for-tests.ts";
import type { Profile, ProfileTls } from "#server/profiles/profile.ts";
import { connectionProblem, upstreamName } from "./upstream-problems.ts";
import { createUpstream, type Upstream, type UpstreamCall, type UpstreamOptions } from "./upstream.ts";

const SECRET = "canary+upstream/secret-0123456789";
const NOW = Date.parse("2030-01-01T00:00:00Z");
const PLAIN: ProfileTls = {
  insecure: false,
  caFile: undefined,
  certFile: undefined,
  keyFile: undefined,
};

const cleanUps: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const directory = mkdtempSync(path.join(tmpdir(), "tokenward-upstream-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
function pem(name: string, text: string): string {
  const file = path.join(directory, name);
  writeFileSync(file, text);
  return file;
}

let server: HostileServer;
beforeEach(async () => {
  server = await startHostileServer();
  cleanUps.push(() => server.close());
});

function connect(
  options: UpstreamOptions & {
    url?: string;
    product?: Profile["product"];
    tls?: Partial<ProfileTls>;
  } = {},
): Upstream {
  const { url = server.url, product = "dedicated", tls, ...rest } = options;
  const profile = { name: "prod eu", url, product, tls: { ...PLAIN, ...tls } };
  const upstream = createUpstream(profile, { now: () => NOW, ...rest });
  cleanUps.push(() => upstream.close());
  return upstream;
}

async function serveTls(options: Parameters<typeof startHostileServer>[0]): Promise<HostileServer> {
  const secure = await startHostileServer(options);
  cleanUps.push(() => secure.close());
  secure.handle = answering(200, []);
  return secure;
}

const call = (changes: Partial<UpstreamCall> = {}): UpstreamCall => ({
  method: "GET",
  path: "/tokens",
  authorization: `Bearer ${SECRET}`,
  signal: new AbortController().signal,
  ...changes,
});

async function refusal(outcome: Promise<unknown>): Promise<ApiError> {
  const error = await outcome.then(
    () => "accepted",
    (failure: unknown) => failure,
  );
  if (!(error instanceof ApiError)) throw new Error(`not refused: ${inspect(error)}`);
  // With everything that hangs on it: no part of an error may hold what was sent.
  expect(inspect(error, { depth: 10 })).not.toContain(SECRET);
  return error;
}

async function refusalOf(handle: HostileServer["handle"], options: Parameters<typeof connect>[0] = {}) {
  server.handle = handle;
  return refusal(connect(options).request(call()));
}

describe("A good answer", () => {
  it("is the JSON, asked for under the path of the profile, with the token and nothing of the caller's", async () => {
    server.handle = answering(200, [{ id: "a" }]);
    const upstream = connect({ url: `${server.url}/behind/a/proxy` });
    const answer = await upstream.request(call({ method: "POST", body: { description: "ü" } }));
    expect(answer).toEqual({ status: 200, json: [{ id: "a" }] });
    expect(server.requests).toEqual([
      {
        method: "POST",
        path: "/behind/a/proxy/tokens",
        authorization: `Bearer ${SECRET}`,
        body: '{"description":"ü"}',
        connection: 1,
      },
    ]);
  });

  it("may be empty where no body is expected, and only there", async () => {
    server.handle = answering(204);
    expect(await connect().request(call({ method: "DELETE" }))).toEqual({ status: 204, json: undefined });
    expect((await connect().request(call({ expectBody: false }))).json).toBeUndefined();
    expect((await refusal(connect().request(call()))).reason).toBe("upstream_malformed");
    server.handle = answering(200, "<html>gone</html>");
    const page = connect().request(call({ method: "DELETE" }));
    expect((await refusal(page)).reason).toBe("upstream_malformed");
  });

  it("comes over connections that are used again", async () => {
    server.handle = answering(200, []);
    const upstream = connect();
    for (let turn = 0; turn < 20; turn++) await upstream.request(call());
    // A connection is free a moment after its answer was: a second one may have been opened until then.
    expect(server.connections()).toBeLessThanOrEqual(2);
  });
});

describe("The status of an answer", () => {
  const message = "said so";
  const rows: [number, unknown, number, ProblemReason, boolean][] = [
    [400, { code: 400, message }, 400, "invalid_request", true],
    [422, { code: 422, message }, 400, "invalid_request", true],
    [401, { code: 401, message }, 401, "credential_refused", true],
    [403, { code: 403, message }, 403, "forbidden", true],
    [404, { code: 404, message }, 404, "not_found", true],
    [409, { code: 409, message }, 409, "conflict", true],
    [429, { code: 429, message }, 429, "rate_limited", true],
    [418, { code: 418, message }, 502, "upstream_failed", false],
    [500, { code: 500, message }, 502, "upstream_failed", false],
    [503, { code: 503, message }, 502, "upstream_failed", false],
    // 404 is an answer of the API only in the API's own form: anything else may be somebody else's.
    [404, { code: 5, message }, 502, "upstream_malformed", false],
    [404, { code: "not found", message }, 502, "upstream_malformed", false],
    [404, { message }, 502, "upstream_malformed", false],
  ];
  it.each(rows)("%i with %j is told as %i %s", async (sent, body, status, reason, nothingDone) => {
    const error = await refusalOf(answering(sent, body));
    expect([error.status, error.reason, error.nothingDone]).toEqual([status, reason, nothingDone]);
    expect(error.upstream).toEqual({ status: sent, message });
    expect(error.message).toContain("“prod eu”");
  });

  it.each([
    ["a page", "<html>404</html>"],
    ["nothing", ""],
    ["a list", "[]"],
    ["a text", '"not found"'],
    ["a message that is none", '{"code":404,"message":{"text":"x"}}'],
    ["half of it", '{"code":404,"mess'],
  ])("404 with %s is no word of the API, and none is passed on", async (_title, body) => {
    const error = await refusalOf(answering(404, body));
    expect([error.status, error.reason, error.nothingDone]).toEqual([502, "upstream_malformed", false]);
    expect(error.upstream).toBeUndefined();
    expect(error.message).toContain(server.url);
  });

  it("is taken for the product's own in the product's form of errors", async () => {
    const forms = [
      ["v2", { code: "not found", message: "x" }],
      ["core", { error: "x" }],
      ["enterprise", { message: "x" }],
    ] as const;
    for (const [product, body] of forms) {
      const error = await refusalOf(answering(404, body), { product });
      expect([error.reason, error.upstream?.message]).toEqual(["not_found", "x"]);
    }
    const foreign = await refusalOf(answering(404, { code: 404, message: "x" }), { product: "v2" });
    expect(foreign.reason).toBe("upstream_malformed");
    expect(foreign.message).toContain("Management API");
  });

  it.each([
    ["7", 7],
    [" 120 ", 120],
    ["0", 1],
    ["Tue, 01 Jan 2030 00:01:30 GMT", 90],
    ["Tue, 01 Jan 2019 00:00:00 GMT", 1],
    ["999999999", 86_400],
    ["soon", undefined],
    ["-5", undefined],
  ])("comes with the seconds that Retry-After asks for: %j", async (value, seconds) => {
    for (const status of [429, 503]) {
      const error = await refusalOf(answering(status, {}, { "Retry-After": value }));
      expect(error.retryAfter).toBe(seconds);
    }
  });

  it.each([301, 302, 303, 307, 308])("8. %i is not followed, and says where it led", async (status) => {
    const other = await startHostileServer();
    cleanUps.push(() => other.close());
    const error = await refusalOf(
      answering(status, "", { Location: `${other.url}/login/${encodeURIComponent(SECRET)}?code=${SECRET}` }),
    );
    expect([error.status, error.reason, error.nothingDone]).toEqual([502, "upstream_malformed", false]);
    expect(error.message).toContain(`a redirect to ${other.url}/login/[token],`);
    expect(error.message).not.toContain("code=");
    expect(other.requests).toEqual([]);
    expect(server.requests).toHaveLength(1);
  });
});

describe("22. Words of an upstream", () => {
  it("are passed on without the token that was sent, and without what looks like one", async () => {
    const tokens = [
      SECRET,
      encodeURIComponent(SECRET),
      `apiv1_${"a".repeat(64)}`,
      "apiv3_x-Y/z+1==",
      "twm1_abcdef",
      "M.V1.+5JkQ/8.abc",
      `${"Ab1-_".repeat(17)}x==`,
      "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.sig-_1",
    ];
    for (const status of [400, 401, 403, 404, 409, 429, 500]) {
      const message = `before ${tokens.join(" ")} after`;
      const error = await refusalOf(answering(status, { code: status, message }));
      expect(error.upstream).toEqual({
        status,
        message: `before ${tokens.map(() => "[token]").join(" ")} after`,
      });
    }
  });

  it("are cut to 2 kB, between characters, after what must not be seen is out of them", async () => {
    const error = await refusalOf(
      answering(500, { message: `${"ä".repeat(985)} ${SECRET} ${"é🏭".repeat(2000)}` }),
    );
    const words = error.upstream?.message ?? "";
    expect(Buffer.byteLength(words)).toBeLessThanOrEqual(2000);
    expect(Buffer.byteLength(words)).toBeGreaterThan(1900);
    expect(words).toContain("[token]");
    expect(words).not.toContain("\uFFFD");
    expect(words.endsWith("…")).toBe(true);
  });

  it("are not looked for in a body that no API would send", async () => {
    const error = await refusalOf(answering(500, { message: "x".repeat(100_000) }));
    expect([error.reason, error.upstream]).toEqual(["upstream_failed", undefined]);
  });

  it("are taken from its own fields only", async () => {
    const error = await refusalOf(answering(500, '{"__proto__":{"message":"inherited"}}'));
    expect(error.upstream).toBeUndefined();
  });
});

describe("An answer that is no answer", () => {
  const halfUtf8: HostileServer["handle"] = (_request, response) => {
    response.end(Buffer.from([0x22, 0xc3, 0x28, 0x22]));
  };
  it.each<[string, HostileServer["handle"], RegExp]>([
    [
      "HTML with 200",
      answering(200, "<!doctype html><title>Sign in</title>"),
      /a page \(HTML\) instead of JSON/,
    ],
    ["JSON that says it is HTML", answering(200, "[]", { "Content-Type": "text/html" }), /instead of JSON/],
    ["plain text", answering(200, "pong"), /not JSON/],
    ["half of the JSON", answering(200, '[{"id":'), /not JSON/],
    ["no text", halfUtf8, /no text/],
    ["a tower of brackets", answering(200, `${"[".repeat(100_000)}${"]".repeat(100_000)}`), /too deeply/],
  ])("%s names the address to check", async (_title, handle, words) => {
    const error = await refusalOf(handle);
    expect([error.status, error.reason, error.nothingDone]).toEqual([502, "upstream_malformed", false]);
    expect(error.message).toMatch(words);
    expect(error.message).toContain(
      `Check the address (${server.url}) and the product in the profile “prod eu”.`,
    );
  });

  it("is refused as soon as it is too large, however it comes", async () => {
    const body = JSON.stringify("x".repeat(5000));
    const chunked: HostileServer["handle"] = (_request, response) => {
      // Never ended: whoever reads on would wait for ever.
      response.write(body);
    };
    for (const handle of [answering(200, body), chunked]) {
      const error = await refusalOf(handle, { limit: 4000 });
      expect([error.status, error.reason, error.nothingDone]).toEqual([502, "upstream_malformed", false]);
      expect(error.message).toContain("more than 0.004 MB");
    }
    server.handle = answering(200, body);
    expect((await connect({ limit: body.length }).request(call())).status).toBe(200);
  });
});

describe("A connection", () => {
  it("that broke is not known to have done nothing, and the request is not sent again", async () => {
    const broken: HostileServer["handle"][] = [
      (request) => request.socket.destroy(),
      (_request, response) => {
        response.writeHead(200, { "Content-Length": "100" });
        response.write("[", () => response.destroy());
      },
      (_request, response) => {
        response.write("[", () => response.destroy());
      },
    ];
    for (const method of ["GET", "POST", "PATCH", "DELETE"] as const) {
      for (const handle of broken) {
        server.requests.length = 0;
        server.handle = handle;
        const error = await refusal(connect().request(call({ method })));
        expect([error.status, error.reason, error.nothingDone]).toEqual([502, "upstream_unreachable", false]);
        expect(error.message).toContain("broke before its answer was complete");
        expect(server.requests).toHaveLength(1);
      }
    }
  });

  it("that the other side closed while nobody used it does not make a change arrive twice", async () => {
    const sockets: { destroy(): void }[] = [];
    server.handle = (request, response) => {
      sockets.push(request.socket);
      response.end("[]");
    };
    const upstream = connect();
    await upstream.request(call());
    for (const socket of sockets) socket.destroy();
    const outcome = await upstream.request(call({ method: "POST" })).catch((error: unknown) => error);
    const posts = server.requests.filter(({ method }) => method === "POST").length;
    if (outcome instanceof ApiError) expect(outcome.nothingDone && posts > 0).toBe(false);
    else expect(posts).toBe(1);
  });

  it("that is refused says that nothing listens there", async () => {
    await server.close();
    const error = await refusal(connect().request(call({ method: "POST" })));
    expect([error.status, error.reason, error.nothingDone]).toEqual([502, "upstream_unreachable", true]);
    expect(error.message).toContain(`nothing listens at ${new URL(server.url).host}.`);
    expect(error.message).toContain("Check host and port in the profile “prod eu”");
  });

  it("to a name that nobody knows says so", () => {
    const about = upstreamName({ name: "prod eu", url: "https://db.exmaple.com" });
    const unknown = Object.assign(new Error("getaddrinfo ENOTFOUND db.exmaple.com"), { code: "ENOTFOUND" });
    const error = connectionProblem(about, unknown, false);
    expect([error.status, error.reason, error.nothingDone]).toEqual([502, "upstream_unreachable", true]);
    expect(error.message).toBe(
      "“prod eu” cannot be reached: no address is known for db.exmaple.com. Check the host in the profile “prod eu”.",
    );
  });

  it("whose answer does not come in time is given up, and what it may have done is not known", async () => {
    const dripping: HostileServer["handle"] = (_request, response) => void response.write("[");
    for (const handle of [() => undefined, dripping]) {
      const error = await refusalOf(handle, { deadline: 150 });
      expect([error.status, error.reason, error.nothingDone]).toEqual([504, "upstream_timeout", false]);
      expect(error.message).toMatch(/^“prod eu” did not answer completely within 0\.\d seconds\. Check/);
    }
    server.handle = () => undefined;
    const ofThisCall = await refusal(connect().request(call({ method: "DELETE", deadline: 120 })));
    expect(ofThisCall.reason).toBe("upstream_timeout");
  });

  it("that never comes about in time has done nothing", async () => {
    // Takes the connection, and never says a word of TLS.
    const silent = createServer();
    silent.listen(0, "127.0.0.1");
    await once(silent, "listening");
    const sockets: { destroy(): void }[] = [];
    silent.on("connection", (socket) => sockets.push(socket.on("error", () => undefined)));
    cleanUps.push(() => {
      silent.close();
      for (const socket of sockets) socket.destroy();
    });
    const { port } = silent.address() as AddressInfo;
    const upstream = connect({ url: `https://localhost:${port}`, deadline: 150 });
    const error = await refusal(upstream.request(call({ method: "POST" })));
    expect([error.status, error.reason, error.nothingDone]).toEqual([504, "upstream_timeout", true]);
    expect(error.message).toContain(`nothing at localhost:${port} takes connections`);
  });

  it("ends with its caller: before it is sent nothing is done, afterwards that is not known", async () => {
    const upstream = connect();
    const early = await refusal(upstream.request(call({ signal: AbortSignal.abort() })));
    expect([early.reason, early.nothingDone, server.requests.length]).toEqual(["upstream_timeout", true, 0]);

    const caller = new AbortController();
    const closed = new Promise<void>((resolve) => {
      server.handle = (request) => {
        request.socket.once("close", () => resolve());
        caller.abort();
      };
    });
    const late = await refusal(upstream.request(call({ signal: caller.signal })));
    expect([late.status, late.reason, late.nothingDone]).toEqual([504, "upstream_timeout", false]);
    await closed;
  });

  it("is not opened for what is no token", async () => {
    for (const secret of ["", "a b", "a\r\nX-Evil: 1", "tökên"]) {
      const error = await refusal(connect().request(call({ authorization: `Bearer ${secret}` })));
      expect([error.status, error.reason]).toEqual([401, "credential_refused"]);
    }
    expect(server.requests).toEqual([]);
  });
});

describe("TLS", () => {
  const authority = testAuthority();
  const caFile = pem("ca.pem", authority.ca);
  const otherCaFile = pem("other.pem", testAuthority().ca);

  it("is made with the authority of the profile", async () => {
    const secure = await serveTls(authority.issue());
    const upstream = connect({ url: secure.url, tls: { caFile } });
    expect(await upstream.request(call())).toEqual({ status: 200, json: [] });
  });

  it("accepts anything where the profile says so", async () => {
    const secure = await serveTls(authority.issue({ hours: -1, host: "elsewhere.example" }));
    const upstream = connect({ url: secure.url, tls: { insecure: true } });
    expect((await upstream.request(call())).status).toBe(200);
  });

  it.each([
    [
      "an unknown authority",
      {},
      undefined,
      "comes from an authority that is not known here. Check tls.ca in",
    ],
    ["another authority", {}, otherCaFile, "comes from an authority that is not known here. Check tls.ca in"],
    ["an expired certificate", { hours: -1 }, caFile, "has expired"],
    ["a certificate of another host", { host: "elsewhere.example" }, caFile, "is made out to another name"],
  ])("refuses %s before anything is sent", async (_title, issue, ca, words) => {
    const secure = await serveTls(authority.issue(issue));
    const upstream = connect({ url: secure.url, tls: { caFile: ca } });
    const error = await refusal(upstream.request(call({ method: "POST" })));
    expect([error.status, error.reason, error.nothingDone]).toEqual([502, "upstream_unreachable", true]);
    expect(error.message).toContain(words);
    expect(error.message).toContain("the profile “prod eu”");
    expect(secure.requests).toEqual([]);
  });

  it("tells where there is none", async () => {
    const url = server.url.replace("http:", "https:");
    const error = await refusal(connect({ url }).request(call()));
    expect([error.reason, error.nothingDone]).toEqual(["upstream_unreachable", true]);
    expect(error.message).toContain("does not speak TLS");
    expect(error.message).toContain("Check port and tls.disable in the profile “prod eu”.");
  });

  it("shows the certificate of the profile, and says what is missing without it", async () => {
    const { cert, key } = authority.issue({ host: "tokenward" });
    const secure = await serveTls({
      ...authority.issue(),
      ca: authority.ca,
      requestCert: true,
      rejectUnauthorized: true,
    });
    const tls = { caFile, certFile: pem("client.pem", cert), keyFile: pem("client.key", key) };
    expect((await connect({ url: secure.url, tls }).request(call())).status).toBe(200);
    const error = await refusal(connect({ url: secure.url, tls: { caFile } }).request(call()));
    expect(error.reason).toBe("upstream_unreachable");
    expect(error.message).toContain("(tls.cert and tls.key)");
    expect(error.message).toContain("the profile “prod eu”");
    expect(secure.requests).toHaveLength(1);
  });

  it("is not begun with files that cannot be used", async () => {
    const missing = { caFile: path.join(directory, "missing.pem") };
    const error = await refusal(connect({ tls: missing }).request(call()));
    expect([error.reason, error.nothingDone]).toEqual(["upstream_unreachable", true]);
    expect(error.message).toContain("tls.ca of the profile “prod eu”");
    expect(error.message).not.toContain(directory);
    const secure = await serveTls(authority.issue());
    const broken = {
      caFile,
      certFile: pem("broken.pem", "no certificate"),
      keyFile: pem("broken.key", "no key"),
    };
    const unusable = await refusal(connect({ url: secure.url, tls: broken }).request(call()));
    expect([unusable.reason, unusable.nothingDone]).toEqual(["upstream_unreachable", true]);
    expect(unusable.message).toContain("Check tls.ca, tls.cert and tls.key in the profile “prod eu”");
  });
});

describe("Another product behind the profile", () => {
  it("is named: a v2 server where Dedicated should be", async () => {
    const noPath = await refusalOf(answering(404, { code: "not found", message: "path not found" }));
    expect(noPath.reason).toBe("upstream_malformed");
    const refused = await refusalOf(answering(401, { code: "unauthorized", message: "unauthorized access" }));
    expect(refused.reason).toBe("credential_refused");
    for (const { message } of [noPath, refused]) {
      expect(message).toContain("it answers like an InfluxDB v2 server");
      expect(message).toContain("the profile “prod eu”");
    }
  });

  it("is suspected when a token is refused", async () => {
    const { message } = await refusalOf(answering(401, { code: 401, message: "no" }));
    expect(message).toBe(
      "“prod eu” refused the token. It may be expired or revoked, or be one of another product or cluster: check it and the address in the profile “prod eu”.",
    );
  });
});
