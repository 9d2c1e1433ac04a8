import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

/** By the definition of HTTP: sent twice they do what they do once. */
const IDEMPOTENT = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE"]);

/** What passed through, in order of arrival. */
export interface PassedRequest {
  method: string;
  /** Path and query. */
  url: string;
  /** Which targets got it, by their places in the list; a second one when the first was not there, or any more. */
  targets: number[];
  /** The status that was passed on; undefined while nobody has answered. */
  status: number | undefined;
}

/**
 * A plain proxy as people put in front of several servers: each request goes to the next one. Who cannot be connected to
 * is left out for that request; a connection that breaks later is a 502, as nobody knows what was done, unless it repeats.
 */
export class RoundRobinProxy {
  readonly passed: PassedRequest[] = [];
  /** Whether what may be repeated (GET, DELETE, ...) goes to the next one when a connection breaks, as nginx has it. */
  repeats = false;
  readonly #server: Server;
  #targets: readonly URL[] = [];
  #next = 0;

  private constructor(server: Server) {
    this.#server = server;
    server.on("request", (incoming: IncomingMessage, outgoing: ServerResponse) => {
      this.#handle(incoming, outgoing).catch(() => incoming.socket.destroy());
    });
  }

  /** Listens on a free loopback port; the targets are told later, since they need its address. */
  static async start(): Promise<RoundRobinProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new RoundRobinProxy(server);
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://localhost:${String(port)}`;
  }

  set targets(urls: readonly string[]) {
    this.#targets = urls.map((url) => new URL(url));
  }

  /** Requests that somebody has and nobody has answered. */
  get underWay(): PassedRequest[] {
    return this.passed.filter(({ status }) => status === undefined);
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  async #handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method = "GET", url = "/" } = incoming;
    const passed: PassedRequest = { method, url, targets: [], status: undefined };
    this.passed.push(passed);
    const body = await buffer(incoming);
    const first = this.#next++;
    for (let attempt = 0; attempt < this.#targets.length; attempt++) {
      // Counted from its own turn: others take theirs meanwhile, and it must not come to the same one twice.
      const target = (first + attempt) % this.#targets.length;
      passed.targets.push(target);
      const outcome = await this.#pass(this.#targets[target], incoming, body, outgoing, passed);
      if (outcome !== "no answer") return;
    }
    refuse(outgoing, passed);
  }

  #pass(
    target: URL | undefined,
    incoming: IncomingMessage,
    body: Buffer,
    outgoing: ServerResponse,
    passed: PassedRequest,
  ): Promise<"no answer" | "over"> {
    const { connection: _connection, ...headers } = incoming.headers;
    return new Promise((resolve) => {
      const onward = httpRequest({
        host: "127.0.0.1",
        port: target?.port,
        method: incoming.method,
        path: incoming.url,
        headers: { ...headers, "x-forwarded-for": incoming.socket.remoteAddress },
        agent: false,
      });
      onward.on("response", (answer) => {
        const { connection: _its, "keep-alive": _keepAlive, ...passedOn } = answer.headers;
        passed.status = answer.statusCode ?? 502;
        outgoing.writeHead(passed.status, passedOn);
        answer.pipe(outgoing);
        // Half an answer must not look like a whole one.
        answer.on("error", () => outgoing.destroy());
        answer.on("close", () => resolve("over"));
      });
      onward.on("error", (error: NodeJS.ErrnoException) => {
        if (error.code === "ECONNREFUSED") return resolve("no answer");
        const mayRepeat = this.repeats && IDEMPOTENT.has(passed.method);
        if (passed.status === undefined && mayRepeat) return resolve("no answer");
        if (passed.status === undefined) refuse(outgoing, passed);
        resolve("over");
      });
      onward.end(body);
    });
  }
}

function refuse(outgoing: ServerResponse, passed: PassedRequest): void {
  passed.status = 502;
  outgoing.writeHead(502, { "Content-Type": "text/html" });
  outgoing.end("<html><body><h1>502 Bad Gateway</h1></body></html>");
}
