import { readFile } from "node:fs/promises";
import type { CustomFetch, ExportedJWKSCache } from "openid-client";
import { Agent, request } from "undici";
import * as z from "zod/mini";
import { isLoopback } from "#server/site.ts";

/** Documents, keys and tokens are a few kilobytes each. */
const MAX_BYTES = 1_000_000;
/** Milliseconds for each answer, headers and body. */
export const PROVIDER_PATIENCE = 10_000;

/** Something at the identity provider's address that is no answer of one, such as a far too large one. */
export class ProviderNoise extends Error {
  override readonly name = "ProviderNoise";
}

export interface ProviderConnection {
  fetch: CustomFetch;
  close(): Promise<void>;
}

/**
 * The line to the identity provider: with its own certificate authority, a deadline and a size limit, and without
 * following redirects. `caFile` is read with the first request.
 */
export function connectProvider(caFile: string | undefined): ProviderConnection {
  let agent: Promise<Agent> | undefined;
  const connect = async () =>
    new Agent({
      connect: {
        timeout: PROVIDER_PATIENCE,
        ...(caFile === undefined ? {} : { ca: await readFile(caFile) }),
      },
    });
  return {
    async fetch(address, { method, headers, body, signal }) {
      const url = new URL(address);
      // Its documents name the other addresses.
      if (!mayBeAsked(url)) throw new ProviderNoise("an address that is not asked");
      agent ??= connect();
      const dispatcher = await agent.catch((error: unknown) => {
        agent = undefined;
        throw error;
      });
      const patience = AbortSignal.timeout(PROVIDER_PATIENCE);
      const answer = await request(url, {
        method: method === "POST" ? "POST" : "GET",
        headers,
        body: bodyText(body),
        dispatcher,
        signal: signal === undefined ? patience : AbortSignal.any([signal, patience]),
      });
      const chunks: Buffer[] = [];
      let size = 0;
      for await (const chunk of answer.body) {
        const bytes = Buffer.from(chunk as Uint8Array);
        size += bytes.byteLength;
        if (size > MAX_BYTES) throw new ProviderNoise("an answer of more than a megabyte");
        chunks.push(bytes);
      }
      const answered = new Headers();
      for (const [name, value] of Object.entries(answer.headers)) {
        // A refusal of the client comes with a challenge (RFC 6749, section 5.2). The library would then look no further, at
        // the error in the body.
        if (value !== undefined && name !== "www-authenticate") answered.set(name, String(value));
      }
      const isEmpty = answer.statusCode === 204 || answer.statusCode === 304;
      return new Response(isEmpty ? null : Buffer.concat(chunks), {
        status: answer.statusCode,
        headers: answered,
      });
    },
    close: async () => (await agent?.catch(() => undefined))?.destroy(),
  };
}

const keysSchema = z.object({ keys: z.array(z.looseObject({})) });

/** The provider's keys, in the form in which the library keeps them for a while. Throws what `fetch` throws, and ProviderNoise. */
export async function readKeys(
  { fetch }: Pick<ProviderConnection, "fetch">,
  jwksUri: string,
): Promise<ExportedJWKSCache> {
  const answer = await fetch(jwksUri, {
    method: "GET",
    headers: { accept: "application/json" },
    body: null,
    redirect: "manual",
  });
  const parsed = answer.status === 200 ? keysSchema.safeParse(jsonOf(await answer.text())) : undefined;
  if (parsed?.success !== true) throw new ProviderNoise("an answer that holds no keys");
  return { jwks: parsed.data, uat: Math.floor(Date.now() / 1000) };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Secrets travel there: encrypted, or not at all beyond this machine. */
export function mayBeAsked({ protocol, hostname }: URL): boolean {
  return protocol === "https:" || (protocol === "http:" && isLoopback(hostname));
}

function bodyText(body: unknown): string | null {
  if (body === undefined || body === null) return null;
  if (typeof body === "string") return body;
  if (body instanceof URLSearchParams) return body.toString();
  throw new TypeError("a body of a kind that no call to a provider has");
}
