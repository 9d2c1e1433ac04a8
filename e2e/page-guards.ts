import type { BrowserContext, ConsoleMessage, Request } from "@playwright/test";
import type { GatewayProcess } from "./gateway-process.ts";

/** What the guards ask of a gateway. */
export type GuardedGateway = Pick<GatewayProcess, "url" | "managementToken" | "log" | "output"> & {
  wasStarting?: (at: number) => boolean;
};

interface ExpectedFailure {
  url: string | RegExp;
  status: number | "network";
}

const FAILED_LOAD = /^Failed to load resource: (?:the server responded with a status of (\d+)|net::)/;

function undeclared(status: number | "network", url: string): string {
  return `Undeclared failed request: ${String(status)} ${url}`;
}

/**
 * Watches every page of the contexts it is given. Whatever should never happen in any test is written down, and
 * `faults` says it all at the end.
 */
export class PageGuards {
  readonly #gateway: GuardedGateway;
  readonly #faults: string[] = [];
  readonly #expected: ExpectedFailure[] = [];
  readonly #otherOrigins = new Set<string>();
  readonly #pending = new Set<Promise<void>>();
  /** Answers with 503: the address, and when it was asked, in milliseconds. */
  readonly #unavailable: { url: string; askedAt: number }[] = [];
  /** Addresses of undeclared ones on the console. */
  readonly #undeclared503: string[] = [];

  constructor(gateway: GuardedGateway) {
    this.#gateway = gateway;
  }

  /**
   * Declares that a request to this address (a part of it, or a pattern) may fail with this status, or without an
   * answer ("network"), in the running test. The browser writes such a line by itself, and it is no fault then.
   */
  expectFailedRequest(url: string | RegExp, status: number | "network"): void {
    this.#expected.push({ url, status });
  }

  /** What was declared is no longer: another test goes on with the same page. */
  forgetExpected(): void {
    this.#expected.length = 0;
  }

  /** Knows nothing any more of what was seen: another test goes on with the same context, all its pages being closed. */
  startOver(): void {
    this.forgetExpected();
    for (const seen of [this.#faults, this.#unavailable, this.#undeclared503]) seen.length = 0;
    this.#otherOrigins.clear();
  }

  /** Pages of another site belong to the running test, as those of an identity provider do. */
  allowOrigin(origin: string): void {
    this.#otherOrigins.add(origin);
  }

  async watch(context: BrowserContext): Promise<void> {
    context.on("weberror", (error) => {
      this.#faults.push(`Uncaught exception: ${String(error.error().stack ?? error.error())}`);
    });
    context.on("console", (message) => this.#checkConsole(message));
    context.on("request", (request) => this.#checkOrigin(request));
    context.on("response", (response) => {
      if (response.status() !== 503) return;
      this.#unavailable.push({ url: response.url(), askedAt: response.request().timing().startTime });
    });
    context.on("requestfinished", (request) => {
      // Files that were built before the token was made. To read them all again is a tenth of the work of a test.
      if (new URL(request.url()).pathname.startsWith("/assets/")) return;
      const search = this.#searchForCanary(request).finally(() => this.#pending.delete(search));
      this.#pending.add(search);
    });
    await context.exposeBinding("reportPolicyViolation", (_source, violation: string) => {
      this.#faults.push(`Content security policy violation: ${violation}`);
    });
    await context.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", (event) => {
        const report: unknown = Reflect.get(window, "reportPolicyViolation");
        const text = `${event.violatedDirective} ${event.blockedURI} ${event.sourceFile} ${event.sample}`;
        if (typeof report === "function") report(text);
      });
    });
  }

  /** Everything that went wrong, one sentence each; waits until all answers so far have been searched. */
  async faults(): Promise<string[]> {
    await Promise.all(this.#pending);
    const faults = [...this.#faults, ...this.#unexcused()];
    const printed = this.#gateway.log + this.#gateway.output;
    return printed.includes(this.#gateway.managementToken)
      ? [...faults, "The management token is in what the gateway printed."]
      : faults;
  }

  /** A page may ask at any moment, so also in the one when its gateway is being started again: 503 is right then. */
  #unexcused(): string[] {
    const excused = this.#unavailable.filter(({ askedAt }) => this.#gateway.wasStarting?.(askedAt) === true);
    return this.#undeclared503
      .filter((url) => {
        const at = excused.findIndex((answer) => answer.url === url);
        if (at >= 0) excused.splice(at, 1);
        return at < 0;
      })
      .map((url) => undeclared(503, url));
  }

  #checkConsole(message: ConsoleMessage): void {
    if (message.type() !== "error") return;
    const text = message.text();
    const failedLoad = FAILED_LOAD.exec(text);
    if (failedLoad !== null) {
      const status = failedLoad[1] === undefined ? "network" : Number(failedLoad[1]);
      const { url } = message.location();
      const declared = this.#expected.some(
        (expected) =>
          expected.status === status &&
          (typeof expected.url === "string" ? url.includes(expected.url) : expected.url.test(url)),
      );
      if (declared) return;
      if (status === 503) this.#undeclared503.push(url);
      else this.#faults.push(undeclared(status, url));
      return;
    }
    this.#faults.push(`Console error: ${text}`);
  }

  #checkOrigin(request: Request): void {
    const url = new URL(request.url());
    const inside = ["data:", "blob:", "about:"].includes(url.protocol);
    if (!inside && url.origin !== this.#gateway.url && !this.#otherOrigins.has(url.origin)) {
      this.#faults.push(`Request to another origin: ${request.url()}`);
    }
  }

  async #searchForCanary(request: Request): Promise<void> {
    try {
      const response = await request.response();
      if (response === null) return;
      const head = JSON.stringify(await response.allHeaders());
      // A redirect has no body, and one that was aborted or whose page is gone cannot be read any more.
      const body = await response.text().catch(() => "");
      if (`${head}${body}`.includes(this.#gateway.managementToken)) {
        this.#faults.push(`The management token is in the answer to ${request.method()} ${request.url()}`);
      }
    } catch {
      // The page was closed while its answers were read.
    }
  }
}
