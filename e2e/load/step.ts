import { Client } from "undici";

/** What a worker sends next. */
export interface LoadRequest {
  method: "GET" | "POST" | "DELETE";
  path: string;
  headers: Record<string, string>;
  body?: string;
  /** Which statuses are what was asked for. */
  good: readonly number[];
  /** Told of good answers. The body is empty unless `wantsBody`, which costs the generator time. */
  onGood?: (answer: LoadAnswer) => void;
  wantsBody?: boolean;
}

export interface LoadAnswer {
  status: number;
  etag: string | undefined;
  body: Buffer;
}

export interface Step {
  url: string;
  /** So many connections, each with one request under way at a time. */
  connections: number;
  seconds: number;
  /** Undefined when there is nothing more to send. */
  next: () => LoadRequest | undefined;
}

export interface StepResult {
  /** Good answers, and how long they took, in milliseconds, from the shortest. */
  good: number;
  millis: Float64Array;
  /** Refused with 503 and a Retry-After: nothing was done, and it says when to come again. */
  shed: number;
  shedMillis: Float64Array;
  /** Neither: other statuses, broken connections, no answer in a minute. What and how often. */
  errors: Map<string, number>;
  /** From the first request to the last answer. */
  seconds: number;
}

const PATIENCE = 60_000;

interface Received extends LoadAnswer {
  isShed: boolean;
}

/**
 * Sends for so many seconds, each worker as soon as it has its answer, and then waits for the answers of what is under
 * way: no change is left with an outcome that nobody heard.
 */
export async function runStep(step: Step): Promise<StepResult> {
  // One client a worker: a pool hands requests to its connections in an order of its own, and some would wait for ever.
  const clients = Array.from(
    { length: step.connections },
    () =>
      new Client(step.url, {
        pipelining: 1,
        headersTimeout: PATIENCE,
        bodyTimeout: PATIENCE,
        keepAliveTimeout: PATIENCE,
      }),
  );
  const good: number[] = [];
  const shed: number[] = [];
  const errors = new Map<string, number>();
  const startedAt = performance.now();
  const endsAt = startedAt + step.seconds * 1000;

  const worker = async (client: Client) => {
    while (performance.now() < endsAt) {
      const request = step.next();
      if (request === undefined) return;
      const from = performance.now();
      try {
        const answer = await send(client, request);
        const took = performance.now() - from;
        if (request.good.includes(answer.status)) {
          good.push(took);
          request.onGood?.(answer);
        } else if (answer.isShed) shed.push(took);
        else count(errors, `status ${String(answer.status)}`);
      } catch (error) {
        count(errors, error instanceof Error && "code" in error ? String(error.code) : "broken connection");
      }
    }
  };
  await Promise.all(clients.map(worker));
  const seconds = (performance.now() - startedAt) / 1000;
  await Promise.all(clients.map((client) => client.close()));
  return {
    good: good.length,
    millis: Float64Array.from(good).sort(),
    shed: shed.length,
    shedMillis: Float64Array.from(shed).sort(),
    errors,
    seconds,
  };
}

function send(client: Client, { method, path, headers, body, wantsBody }: LoadRequest): Promise<Received> {
  return new Promise((resolve, reject) => {
    let [status, isShed] = [0, false];
    let etag: string | undefined;
    const chunks: Buffer[] = [];
    client.dispatch(
      { method, path, headers, body: body ?? null },
      {
        onRequestStart() {},
        onResponseStart(_controller, answered, received) {
          status = answered;
          isShed = answered === 503 && received["retry-after"] !== undefined;
          if (typeof received.etag === "string") etag = received.etag;
        },
        onResponseData(_controller, chunk) {
          if (wantsBody === true) chunks.push(chunk);
        },
        onResponseEnd() {
          resolve({ status, isShed, etag, body: Buffer.concat(chunks) });
        },
        onResponseError(_controller, error) {
          reject(error);
        },
      },
    );
  });
}

function count(errors: Map<string, number>, what: string): void {
  errors.set(what, (errors.get(what) ?? 0) + 1);
}

/** The smallest of the sorted values that at least this share of them does not exceed. NaN of none. */
export function percentile(sorted: ArrayLike<number>, share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}
