import { readFileSync } from "node:fs";
import { Pool, type Dispatcher } from "undici";
import { ApiError } from "#server/api-error.ts";
import type { Profile } from "#server/profiles/profile.ts";
import { parseInTurns, TooDeep } from "./json-in-turns.ts";
import {
  connectionProblem,
  givenUp,
  malformed,
  statusProblem,
  timedOut,
  upstreamName,
  type UpstreamName,
} from "./upstream-problems.ts";

export interface UpstreamCall {
  method: "GET" | "POST" | "PATCH" | "DELETE";
  /** Built by a service out of ids that it has checked. Begins with "/". */
  path: string;
  /** The whole value of the header: scheme, a space, and the token. */
  authorization: string;
  /** Sent as JSON. */
  body?: unknown;
  signal: AbortSignal;
  /** Milliseconds for everything: connecting, sending, and reading the whole answer. */
  deadline?: number;
  /**
   * False: an answer without a body is a good one, and `json` is undefined then. What has a body must be JSON either way.
   * True by default, but for DELETE.
   */
  expectBody?: boolean;
}

export interface UpstreamAnswer {
  /** From 200 to 299. */
  status: number;
  json: unknown;
}

/** An InfluxDB behind the gateway, over HTTP. What is asked of it is sent once, whatever happens. */
export interface Upstream {
  /**
   * Throws ApiError for all but a 2xx with the body that is expected; upstream-problems.ts says which. The error's
   * `nothingDone` tells whether the upstream may have acted.
   */
  request(call: UpstreamCall): Promise<UpstreamAnswer>;
  /** Ends the kept connections. */
  close(): Promise<void>;
}

export interface UpstreamOptions {
  /** Milliseconds for a call that names no deadline of its own: 15,000, and 30,000 for POST. */
  deadline?: number;
  /** Bytes of an answer: 64 MB. */
  limit?: number;
  /** For a `Retry-After` that is a date. */
  now?: () => number;
}

const DEADLINE = 15_000;
const CREATE_DEADLINE = 30_000;
const LIMIT = 64_000_000;
/** No API says so much about an error; what is longer is somebody else's page. */
const ERROR_LIMIT = 64_000;

interface RawAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
  isTooLarge: boolean;
}

/**
 * `profile.product` chooses the form of errors that counts as the API's own; without one any `message` will do. Files
 * that `profile.tls` names are read at the first call. Where it names an authority, only that one is trusted.
 */
export function createUpstream(
  profile: Pick<Profile, "name" | "url" | "tls"> & Partial<Pick<Profile, "product">>,
  options: UpstreamOptions = {},
): Upstream {
  const url = new URL(profile.url);
  const base = url.pathname.replace(/\/+$/, "");
  const about = upstreamName(profile);
  const { limit = LIMIT, now = Date.now } = options;
  let pool: Pool | undefined;

  const connections = (): Pool =>
    (pool ??= new Pool(url.origin, {
      connections: 16,
      // One after the other on each connection: behind a lost answer nothing else is lost.
      pipelining: 1,
      // The deadline of a call is all that counts.
      connectTimeout: 0,
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: { timeout: 0, ...tlsOptions(profile, about) },
    }));

  return {
    async request(call) {
      const { method, path, authorization, signal } = call;
      if (!/^[A-Za-z]+ [\x21-\x7e]+$/.test(authorization)) {
        throw new ApiError(
          401,
          "credential_refused",
          "This is not a token: it has characters that none has.",
        );
      }
      if (signal.aborted) throw givenUp(about, false);
      const deadline = call.deadline ?? options.deadline ?? (method === "POST" ? CREATE_DEADLINE : DEADLINE);
      const answer = await dispatch(
        connections(),
        {
          method,
          path: base + path,
          headers: {
            accept: "application/json",
            authorization,
            "user-agent": "tokenward",
            ...(call.body === undefined ? {} : { "content-type": "application/json" }),
          },
          body: call.body === undefined ? null : JSON.stringify(call.body),
        },
        { about, signal, deadline, limit },
      );
      const secret = authorization.slice(authorization.indexOf(" ") + 1);
      if (answer.status < 200 || answer.status > 299) {
        const text = answer.isTooLarge ? undefined : answer.body.toString("utf8");
        throw statusProblem(about, { ...answer, text }, secret, now());
      }
      if (answer.isTooLarge) {
        throw malformed(about, `sent more than ${limit / 1_000_000} MB, which is more than is read.`);
      }
      const expectBody = call.expectBody ?? method !== "DELETE";
      if (answer.body.byteLength === 0 && !expectBody) return { status: answer.status, json: undefined };
      return { status: answer.status, json: await parse(about, answer) };
    },

    async close() {
      await pool?.destroy();
      pool = undefined;
    },
  };
}

/** Sends it once and reads the answer to its end, or to the limit. Throws ApiError when there is no whole answer. */
function dispatch(
  pool: Pool,
  request: Dispatcher.DispatchOptions,
  {
    about,
    signal,
    deadline,
    limit,
  }: { about: UpstreamName; signal: AbortSignal; deadline: number; limit: number },
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    let isSent = false;
    let head: Pick<RawAnswer, "status" | "headers"> | undefined;
    let chunks: Buffer[] = [];
    let size = 0;
    let abort: ((reason: Error) => void) | undefined;

    const end = (settle: () => void) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      settle();
      // After that: whatever else comes of it has nobody to tell.
      abort?.(new Error("no longer wanted"));
    };
    const onAbort = () => end(() => reject(givenUp(about, isSent)));
    const timer = setTimeout(() => end(() => reject(timedOut(about, deadline, isSent))), deadline);
    signal.addEventListener("abort", onAbort, { once: true });
    const give = (isTooLarge: boolean) => {
      if (head !== undefined) resolve({ ...head, body: Buffer.concat(chunks), isTooLarge });
    };

    let isOver = false;
    pool.dispatch(request, {
      onRequestStart(controller) {
        abort = (reason) => {
          if (!isOver) controller.abort(reason);
        };
        // Waited for a connection until nobody wanted it any more, or would go out a second time.
        if (isSent || signal.aborted) {
          controller.abort(new Error("no longer wanted"));
          return;
        }
        isSent = true;
      },
      onResponseStart(_controller, status, headers) {
        // Something like 103 comes before the answer itself.
        if (status < 200) return;
        head = { status, headers };
      },
      onResponseData(_controller, chunk) {
        size += chunk.byteLength;
        const isError = head === undefined || head.status < 200 || head.status > 299;
        if (size > (isError ? Math.min(limit, ERROR_LIMIT) : limit)) {
          chunks = [];
          end(() => give(true));
          return;
        }
        chunks.push(chunk);
      },
      onResponseEnd() {
        isOver = true;
        end(() => give(false));
      },
      onResponseError(_controller, error) {
        isOver = true;
        end(() => reject(connectionProblem(about, error, isSent)));
      },
    });
  });
}

async function parse(about: UpstreamName, { headers, body }: RawAnswer): Promise<unknown> {
  const type = String(headers["content-type"] ?? "");
  if (/^\s*</.test(body.toString("latin1", 0, 1000)) || /\bhtml\b/i.test(type)) {
    throw malformed(about, "answered with a page (HTML) instead of JSON: something else answers there.");
  }
  try {
    return await parseInTurns(body);
  } catch (error) {
    if (error instanceof TooDeep) throw malformed(about, "answered with JSON that is nested too deeply.");
    if (error instanceof SyntaxError) throw malformed(about, "answered with something that is not JSON.");
    throw malformed(about, "answered with something that is no text.");
  }
}

function tlsOptions({ tls }: Pick<Profile, "tls">, about: UpstreamName) {
  const read = (key: string, file: string | undefined) => {
    if (file === undefined) return {};
    try {
      return { [key]: readFileSync(file, "utf8") };
    } catch (error) {
      throw new ApiError(
        502,
        "upstream_unreachable",
        `The file that tls.${key} of the profile “${about.name}” names cannot be read. Check that it is there.`,
        { nothingDone: true, cause: error },
      );
    }
  };
  return {
    rejectUnauthorized: !tls.insecure,
    ...read("ca", tls.caFile),
    ...read("cert", tls.certFile),
    ...read("key", tls.keyFile),
  };
}
