import {
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Problem, ProblemReason } from "#contract/problem.ts";

/** What happens to a request that a rule matches. */
export type Fault =
  /** Waits, then forwards. */
  | { kind: "delay"; milliseconds: number }
  /** Waits until the rule is released, then forwards. */
  | { kind: "hold" }
  /** Forwards, and passes the answer on with another status, some other headers (null takes one away), another body. */
  | {
      kind: "rewrite";
      status?: number;
      headers?: Readonly<Record<string, string | null>>;
      body?: string | ((body: string) => string);
    }
  /** Answers in the server's place; the request never reaches it. */
  | { kind: "answer"; status: number; headers?: OutgoingHttpHeaders; body?: string }
  /**
   * Forwards, passes the head and the first bytes of the body on, then breaks the connection: `held`, when the rule is
   * released. What a browser did not give to its page before, it may drop.
   */
  | { kind: "cut"; afterBytes: number; held?: boolean }
  /** Forwards, passes the head and the first bytes of the body on, and the rest when the rule is released. */
  | { kind: "stall"; afterBytes: number }
  /** Forwards and passes the body on in small pieces. */
  | { kind: "drip"; bytes: number; everyMilliseconds: number }
  /** The connection breaks and the server never hears of the request. */
  | { kind: "reset-before-forwarding" }
  /** The server acts and answers; the answer is lost. */
  | { kind: "forward-then-reset" }
  /**
   * Closes the connection in good order in place of an answer, as a server does whose patience with an idle connection
   * ended just when the request was on its way. Only a connection that had a request before can meet that: the first
   * request of another one passes. `forwards`: the server acts first.
   */
  | { kind: "close-kept-alive"; forwards?: boolean }
  /** The server gets the request twice, one after the other; the first answer is passed on. */
  | { kind: "duplicate" }
  /** No answer ever, and the server never hears of it. */
  | { kind: "hang" };

/**
 * A refusal in the API's own shape. `more` is what else the body says; `retryAfter`, in seconds, becomes the header.
 */
export function refuse(
  status: number,
  reason: ProblemReason,
  message: string,
  { retryAfter, ...more }: Partial<Problem> & { retryAfter?: number } = {},
): Fault {
  const problem: Problem = { code: status, message, reason, requestId: "made-up-request-id", ...more };
  return {
    kind: "answer",
    status,
    headers: {
      "Content-Type": "application/json; charset=utf-8",
      ...(retryAfter === undefined ? {} : { "Retry-After": String(retryAfter) }),
    },
    body: JSON.stringify(problem),
  };
}

export interface Match {
  method?: string;
  /** Whole path without the query, or a pattern over path and query. */
  path: string | RegExp;
  /**
   * How many requests it takes before it is used up; every one when left out. Mind that Chromium sends a request
   * again by itself when a kept-alive connection breaks: a single reset can go unnoticed by the page.
   */
  times?: number;
}

export interface Rule {
  /** Requests it has taken so far. */
  readonly taken: number;
  /** Lets held requests go on, and those to come. */
  release(): void;
  /** Takes no more requests. Those that hang or are held stay as they are. */
  remove(): void;
}

/** What passed through, in order of arrival. */
export interface SeenRequest {
  method: string;
  /** Path and query. */
  url: string;
  headers: IncomingHttpHeaders;
  fault: Fault["kind"] | undefined;
  /** How often the server got it. */
  forwarded: number;
  /** The status that was passed on; undefined as long as there is none, and where none ever was. */
  status: number | undefined;
}

/** A secret of a database or management token, as an answer holds it. */
const SECRET = /"(?:accessToken|token)"\s*:\s*"([^"]{32,})"/g;

interface ActiveRule extends Rule {
  match: Match;
  fault: Fault;
  take(): void;
  released: Promise<void>;
}

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** An HTTP proxy between two parties on this machine that fails as told. Without a rule it passes everything on. */
export class FaultProxy {
  readonly seen: SeenRequest[] = [];
  /** Secrets of tokens in the server's answers, whether they were passed on or lost. */
  readonly secrets = new Set<string>();
  readonly #server: Server;
  #rules: ActiveRule[] = [];
  #target: URL | undefined;
  #asHost: string = "proxy";
  /** Connections that had a request before. */
  readonly #used = new WeakSet<Socket>();

  private constructor(server: Server) {
    this.#server = server;
    server.on("request", (incoming: IncomingMessage, outgoing: ServerResponse) => {
      this.#handle(incoming, outgoing).catch(() => incoming.socket.destroy());
    });
  }

  /**
   * Listens on a free loopback port; `target` can be told later, since each side may need the other's address. `asHost`:
   * whose name the target reads as the one it was asked by: "proxy", "target", or a name with its port.
   */
  static async start(target?: string, asHost = "proxy"): Promise<FaultProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const proxy = new FaultProxy(server);
    proxy.#asHost = asHost;
    if (target !== undefined) proxy.target = target;
    return proxy;
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://localhost:${String(port)}`;
  }

  set target(url: string) {
    this.#target = new URL(url);
  }

  /** Adds a rule. The first one that matches and is not used up takes the request. */
  fail(match: Match, fault: Fault): Rule {
    let taken = 0;
    let release = () => {};
    const released = new Promise<void>((resolve) => (release = resolve));
    const rule: ActiveRule = {
      match,
      fault,
      released,
      release,
      get taken() {
        return taken;
      },
      take: () => {
        taken += 1;
      },
      remove: () => {
        this.#rules = this.#rules.filter((other) => other !== rule);
      },
    };
    this.#rules.push(rule);
    return rule;
  }

  /** Requests seen so far with this method on a path that matches. */
  requests(method: string, path: RegExp): SeenRequest[] {
    return this.seen.filter((request) => request.method === method && path.test(request.url));
  }

  /** Removes all rules and lets held requests go on. */
  clear(): void {
    for (const rule of this.#rules) rule.release();
    this.#rules = [];
  }

  /** Knows nothing any more of what passed through, and has no rules: another test goes on with it. */
  startOver(): void {
    this.clear();
    this.seen.length = 0;
    this.secrets.clear();
  }

  async stop(): Promise<void> {
    this.clear();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  #takeRule(method: string, url: string): ActiveRule | undefined {
    const path = url.split("?")[0];
    const rule = this.#rules.find(
      ({ match, taken }) =>
        (match.method ?? method) === method &&
        taken < (match.times ?? Infinity) &&
        (typeof match.path === "string" ? match.path === path : match.path.test(url)),
    );
    rule?.take();
    return rule;
  }

  async #handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const method = incoming.method ?? "GET";
    const url = incoming.url ?? "/";
    const rule = this.#takeRule(method, url);
    const seen: SeenRequest = {
      method,
      url,
      headers: incoming.headers,
      fault: rule?.fault.kind,
      forwarded: 0,
      status: undefined,
    };
    this.seen.push(seen);
    const isUsed = this.#used.has(incoming.socket);
    this.#used.add(incoming.socket);
    outgoing.once("finish", () => (seen.status = outgoing.statusCode));
    const body = await readAll(incoming);
    const forward = async () => {
      seen.forwarded += 1;
      return this.#forward(incoming, body);
    };
    const fault = rule?.fault;
    switch (fault?.kind) {
      case undefined:
        return answerWith(outgoing, await forward());
      case "delay":
        await new Promise((resolve) => setTimeout(resolve, fault.milliseconds));
        return answerWith(outgoing, await forward());
      case "hold":
        await rule?.released;
        return answerWith(outgoing, await forward());
      case "answer":
        outgoing.writeHead(fault.status, { "Content-Type": "text/plain; charset=utf-8", ...fault.headers });
        outgoing.end(fault.body ?? "");
        return;
      case "rewrite": {
        const answer = await forward();
        const changed =
          typeof fault.body === "function"
            ? fault.body(answer.body.toString("utf8"))
            : (fault.body ?? answer.body);
        const headers: OutgoingHttpHeaders = passedOn(answer);
        for (const [name, value] of Object.entries(fault.headers ?? {})) {
          if (value === null) delete headers[name.toLowerCase()];
          else headers[name.toLowerCase()] = value;
        }
        if (fault.body !== undefined) headers["content-length"] = Buffer.byteLength(changed);
        outgoing.writeHead(fault.status ?? answer.status, headers);
        outgoing.end(changed);
        return;
      }
      case "close-kept-alive":
        if (!isUsed) return answerWith(outgoing, await forward());
        if (fault.forwards === true) await forward();
        incoming.socket.end();
        return;
      case "cut": {
        const answer = await forward();
        outgoing.writeHead(answer.status, passedOn(answer));
        await new Promise<unknown>((resolve) => {
          outgoing.write(answer.body.subarray(0, fault.afterBytes), resolve);
        });
        if (fault.held === true) await rule?.released;
        incoming.socket.destroy();
        return;
      }
      case "stall": {
        const answer = await forward();
        outgoing.writeHead(answer.status, passedOn(answer));
        outgoing.write(answer.body.subarray(0, fault.afterBytes));
        await rule?.released;
        outgoing.end(answer.body.subarray(fault.afterBytes));
        return;
      }
      case "drip": {
        const answer = await forward();
        outgoing.writeHead(answer.status, passedOn(answer));
        for (let at = 0; at < answer.body.length && !outgoing.destroyed; at += fault.bytes) {
          outgoing.write(answer.body.subarray(at, at + fault.bytes));
          await new Promise((resolve) => setTimeout(resolve, fault.everyMilliseconds));
        }
        outgoing.end();
        return;
      }
      case "reset-before-forwarding":
        incoming.socket.resetAndDestroy();
        return;
      case "forward-then-reset":
        await forward();
        incoming.socket.resetAndDestroy();
        return;
      case "duplicate": {
        const first = await forward();
        await forward();
        return answerWith(outgoing, first);
      }
      case "hang":
        return;
    }
  }

  #forward(incoming: IncomingMessage, body: Buffer): Promise<Answer> {
    const target = this.#target;
    if (target === undefined) throw new Error("The proxy has no target yet.");
    const { connection: _connection, ...headers } = incoming.headers;
    if (this.#asHost !== "proxy") headers.host = this.#asHost === "target" ? target.host : this.#asHost;
    return new Promise((resolve, reject) => {
      const outgoing = httpRequest(
        {
          // The name may resolve to ::1 first, where nobody listens.
          host: target.hostname === "localhost" ? "127.0.0.1" : target.hostname,
          port: target.port,
          method: incoming.method,
          path: incoming.url,
          headers,
          agent: false,
        },
        (answer) => {
          readAll(answer).then((read) => {
            // Answers to changes are small; a list has no secrets, and may be long.
            if (incoming.method !== "GET") {
              for (const [, secret] of read.toString("utf8").matchAll(SECRET)) this.secrets.add(secret ?? "");
            }
            resolve({ status: answer.statusCode ?? 502, headers: answer.headers, body: read });
          }, reject);
        },
      );
      outgoing.on("error", reject);
      outgoing.end(body);
    });
  }
}

async function readAll(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The answer's headers without those that belong to the other connection. */
function passedOn(answer: Answer): OutgoingHttpHeaders {
  const {
    connection: _connection,
    "keep-alive": _keepAlive,
    "transfer-encoding": transferEncoding,
    ...headers
  } = answer.headers;
  return transferEncoding === undefined ? headers : { ...headers, "content-length": answer.body.length };
}

function answerWith(outgoing: ServerResponse, answer: Answer): void {
  outgoing.writeHead(answer.status, passedOn(answer));
  outgoing.end(answer.body);
}
