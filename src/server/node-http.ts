import { randomUUID } from "node:crypto";
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { getRequestListener } from "@hono/node-server";
import { REQUEST_ID_HEADER } from "#contract/headers.ts";
import type { ProblemReason } from "#contract/problem.ts";
import { ApiError } from "./api-error.ts";
import type { Connection } from "./gateway.ts";
import type { Log } from "./log.ts";
import { problemAnswer } from "./problem-answer.ts";
import { type RandomBytes, systemRandom } from "./sealing.ts";
import { createNonce, securityHeaders } from "./security-headers.ts";
import { StartError } from "./start-error.ts";

/** Slow clients do not get to hold a connection for long. */
const PATIENCE = { headers: 10_000, request: 30_000, check: 5_000 };
const MAX_HEADERS = 16 * 1024;

export type Fetch = (request: Request, connection: Connection) => Response | Promise<Response>;

/** In front of the app; calls `next` for what is none of its business. Vite's, while developing. */
export type NodeMiddleware = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

export interface HttpServer {
  port: number;
  /** For who needs the socket itself: Vite's hot reload. */
  server: Server;
  /** Until this is called every request is answered with 503. */
  serve(fetch: Fetch, options: { secure: boolean; log: Log; before?: NodeMiddleware }): void;
  /**
   * Stops listening, ends connections as soon as nothing is under way on them, and cuts off what is left after so many
   * milliseconds. What still comes on a connection meanwhile is refused with 503, and nothing is done.
   */
  close(patience: number): Promise<void>;
}

/** Binds the port. Throws StartError when it is taken or not allowed, or the certificate is not usable. */
export async function listen(options: {
  host: string;
  port: number;
  tls?: { cert: string; key: string } | undefined;
  /** Milliseconds for the headers, for a whole request, and between looks at who took longer. */
  patience?: { headers: number; request: number; check: number };
}): Promise<HttpServer> {
  const { headers, request, check } = options.patience ?? PATIENCE;
  let listener = (_request: IncomingMessage, response: ServerResponse): void => {
    response
      .writeHead(503, { "Retry-After": "1", ...securityHeaders(createNonce(systemRandom), false) })
      .end();
  };
  let refusal = { secure: false, log: undefined as Log | undefined };
  const settings = {
    maxHeaderSize: MAX_HEADERS,
    headersTimeout: headers,
    requestTimeout: request,
    connectionsCheckingInterval: check,
    // The app answers requests without a Host itself, with all headers.
    requireHostHeader: false,
  };
  let isClosing = false;
  /** Connections on which nothing was asked yet: for Node they are not idle until its timeout for headers ends them. */
  const unused = new Set<Duplex>();
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    unused.delete(request.socket);
    if (!isClosing) {
      // Kept-alive connections would otherwise stay for as long as the other side likes.
      response.once("close", () => {
        if (isClosing) server.closeIdleConnections();
      });
      listener(request, response);
      return;
    }
    response.shouldKeepAlive = false;
    const { status, body, headers } = refusalParts("stopping", refusal.secure, refusal.log, systemRandom);
    response.writeHead(status, { ...headers, "Retry-After": "5" }).end(body);
  };
  let server: Server;
  try {
    server =
      options.tls === undefined
        ? createServer(settings, handle)
        : createTlsServer({ ...settings, ...options.tls, minVersion: "TLSv1.2" }, handle);
  } catch (error) {
    throw new StartError("The TLS certificate and key cannot be used together.", { cause: error });
  }
  server.on(options.tls === undefined ? "connection" : "secureConnection", (socket: Duplex) => {
    unused.add(socket);
    socket.once("close", () => unused.delete(socket));
  });
  // Node would answer an unknown Expect by itself, without our headers.
  server.on("checkExpectation", handle);
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    if (error.code === "ECONNRESET" || !socket.writable) {
      socket.destroy();
      return;
    }
    refuseOnSocket(socket, error.code, refusal.secure, refusal.log);
  });
  await bind(server, options.host, options.port);

  const address = server.address() as AddressInfo;
  return {
    port: address.port,
    server,
    serve(fetch, { secure, log, before }) {
      refusal = { secure, log };
      const serveApp = getRequestListener(
        (request, env) =>
          fetch(request, {
            ...(env.incoming.socket.remoteAddress === undefined
              ? {}
              : { peerAddress: env.incoming.socket.remoteAddress }),
            target: "url" in env.incoming ? (env.incoming.url ?? "") : "",
            breakOff: () => env.outgoing.destroy(),
          }),
        { errorHandler: () => refusalResponse(secure, log, systemRandom) },
      );
      listener = (request, response) => {
        const next = () => void serveApp(request, response);
        if (before === undefined) next();
        else before(request, response, next);
      };
    },
    close: (patience) =>
      new Promise((resolve) => {
        const cutOff = setTimeout(() => server.closeAllConnections(), patience);
        isClosing = true;
        server.close(() => {
          clearTimeout(cutOff);
          resolve();
        });
        server.closeIdleConnections();
        for (const socket of unused) socket.destroy();
      }),
  };
}

function bind(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const why: Record<string, string> = {
        EADDRINUSE: `Port ${port} on ${host} is already in use: choose another with --port.`,
        EACCES: `Port ${port} on ${host} may not be opened by this user: choose another with --port.`,
        EADDRNOTAVAIL: `${host} is no address of this machine: choose another with --host.`,
      };
      const message = why[error.code ?? ""] ?? `Cannot listen on ${host}, port ${port} (${error.code}).`;
      reject(new StartError(message, { cause: error }));
    });
    server.listen(port, host.replace(/^\[|\]$/g, ""), () => resolve());
  });
}

const parserProblems: Record<string, { status: number; reason: ProblemReason; message: string }> = {
  HPE_HEADER_OVERFLOW: { status: 431, reason: "too_large", message: "The headers are larger than 16 kB." },
  stopping: {
    status: 503,
    reason: "unavailable",
    message: "The gateway is stopping: nothing was done.",
  },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, reason: "invalid_request", message: "The request took too long." },
};

const unreadable = {
  status: 400,
  reason: "invalid_request",
  message: "The request is not valid HTTP.",
} as const;

function refusalParts(code: string | undefined, secure: boolean, log: Log | undefined, random: RandomBytes) {
  const problem = parserProblems[code ?? ""] ?? unreadable;
  const requestId = randomUUID();
  const event = problem.status === 503 ? "request while stopping" : "unreadable request";
  log?.info({ requestId, event, status: problem.status });
  const { body } = problemAnswer(new ApiError(problem.status, problem.reason, problem.message), requestId);
  return {
    status: problem.status,
    body: JSON.stringify(body),
    headers: {
      ...securityHeaders(createNonce(random), secure),
      "Cache-Control": "no-store",
      "Content-Type": "application/json; charset=utf-8",
      [REQUEST_ID_HEADER]: requestId,
    },
  };
}

function refusalResponse(secure: boolean, log: Log, random: RandomBytes): Response {
  const { status, body, headers } = refusalParts(undefined, secure, log, random);
  return new Response(body, { status, headers });
}

/** What Node's parser refuses never reaches the app: the answer is written by hand, with the same headers. */
function refuseOnSocket(
  socket: Duplex,
  code: string | undefined,
  secure: boolean,
  log: Log | undefined,
): void {
  const { status, body, headers } = refusalParts(code, secure, log, systemRandom);
  const all = { ...headers, "Content-Length": String(Buffer.byteLength(body)), Connection: "close" };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  socket.end([`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines, "", body].join("\r\n"));
}
