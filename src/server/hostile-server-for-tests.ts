import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer, type ServerOptions } from "node:https";
import type { AddressInfo } from "node:net";

export interface HostileServer {
  /** Scheme, host and port; the host is `localhost`. */
  url: string;
  /** What arrived, in order. `connection` numbers the connections it came on. */
  requests: { method: string; path: string; authorization: string; body: string; connection: number }[];
  connections(): number;
  /** What it does with a request whose body has been read. Does nothing at first: such a request is never answered. */
  handle: (request: IncomingMessage, response: ServerResponse) => void;
  close(): Promise<void>;
}

/** A server on a free port of this machine that answers as a test says, well or badly. */
export async function startHostileServer(tls?: ServerOptions): Promise<HostileServer> {
  const numbers = new WeakMap<object, number>();
  let count = 0;
  const requests: HostileServer["requests"] = [];
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    const connection = numbers.get(request.socket) ?? ++count;
    numbers.set(request.socket, connection);
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("error", () => undefined);
    request.on("end", () => {
      requests.push({
        method: request.method ?? "",
        path: request.url ?? "",
        authorization: request.headers.authorization ?? "",
        body: Buffer.concat(chunks).toString("utf8"),
        connection,
      });
      hostile.handle(request, response);
    });
  };
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  server.on("tlsClientError", () => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const hostile: HostileServer = {
    url: `${tls === undefined ? "http" : "https"}://localhost:${port}`,
    requests,
    connections: () => count,
    handle: () => undefined,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return hostile;
}

/** Answers with this status and text; an object is sent as JSON. */
export function answering(
  status: number,
  body: unknown = "",
  headers: Record<string, string> = {},
): HostileServer["handle"] {
  const isJson = typeof body !== "string";
  return (_request, response) => {
    response
      .writeHead(status, { ...(isJson ? { "Content-Type": "application/json" } : {}), ...headers })
      .end(isJson ? JSON.stringify(body) : body);
  };
}
