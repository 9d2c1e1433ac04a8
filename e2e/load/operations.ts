import { randomUUID } from "node:crypto";
import * as z from "zod/mini";
import { createdTokenSchema, tokenSchema } from "#contract/token-schema.ts";
import type { GatewayProcess } from "#e2e/gateway-process.ts";
import type { LoadRequest } from "./step.ts";

const ACCOUNT = "11111111-1111-4111-8111-111111111111";
const CLUSTER = "33333333-3333-4333-8333-333333333333";
const TOKENS = `/api/v0/accounts/${ACCOUNT}/clusters/${CLUSTER}/tokens`;
const PAGE = "/clusters/own/database-tokens?q=telegraf";

/** What is asked of a gateway, over and over. */
export type Asked = "validated" | "whole" | "page" | "create" | "revoke";

export const titles: Record<Asked, string> = {
  validated: "list with its validator (304)",
  whole: "whole list, compressed",
  page: "search page with its data",
  create: "create, with a key",
  revoke: "revoke, with a key",
};

/** Makes the requests, and keeps what was acknowledged, to be compared with the database. */
export class Requests {
  /** Each is revoked once. */
  readonly #active: string[];
  readonly #authorization: string;
  readonly #cookie: string;
  #tag: string;
  #made = 0;
  readonly created = new Set<string>();
  readonly revoked = new Set<string>();

  private constructor(authorization: string, cookie: string, tag: string, active: string[]) {
    this.#authorization = authorization;
    this.#cookie = cookie;
    this.#tag = tag;
    this.#active = active;
  }

  static async to(gateway: GatewayProcess): Promise<Requests> {
    const session = await gateway.api("/api/session", {
      method: "POST",
      cookie: "",
      headers: { Origin: gateway.url },
      body: { method: "link", code: new URL(gateway.signInLink).searchParams.get("code") },
    });
    const [cookie = ""] = [session.headers["set-cookie"]].flat();
    const list = await gateway.api(TOKENS);
    const tokens = z.array(tokenSchema).parse(list.json());
    return new Requests(
      `Bearer ${gateway.managementToken}`,
      cookie.split(";", 1)[0] ?? "",
      String(list.headers["etag"]),
      tokens.filter(({ revokedAt }) => revokedAt === undefined).map(({ id }) => id),
    );
  }

  /** Undefined: there is nothing left to revoke. */
  next(asked: Asked): LoadRequest | undefined {
    const authorization = this.#authorization;
    const key = { "idempotency-key": `load-${randomUUID()}` };
    switch (asked) {
      case "validated":
        return {
          method: "GET",
          path: TOKENS,
          headers: { authorization, "if-none-match": this.#tag, "accept-encoding": "gzip" },
          // After a change the list comes once, and its new validator with it.
          good: [304, 200],
          onGood: ({ etag }) => (this.#tag = etag ?? this.#tag),
        };
      case "whole":
        return {
          method: "GET",
          path: TOKENS,
          headers: { authorization, "accept-encoding": "gzip" },
          good: [200],
        };
      case "page":
        return { method: "GET", path: PAGE, headers: { cookie: this.#cookie }, good: [200] };
      case "create":
        return {
          method: "POST",
          path: TOKENS,
          // As the screens send it: with a key that makes a repeat harmless, which costs two more writes.
          headers: { authorization, "content-type": "application/json", ...key },
          body: JSON.stringify({
            description: `Load ${String(++this.#made)}`,
            permissions: [{ action: "write", resource: "ci" }],
          }),
          good: [200],
          wantsBody: true,
          onGood: ({ body }) => {
            const { id } = createdTokenSchema.parse(JSON.parse(body.toString("utf8")));
            this.created.add(id);
            this.#active.push(id);
          },
        };
      case "revoke": {
        const id = this.#active.pop();
        if (id === undefined) return undefined;
        return {
          method: "DELETE",
          path: `${TOKENS}/${id}`,
          headers: { authorization, ...key },
          good: [204],
          onGood: () => this.revoked.add(id),
        };
      }
    }
  }
}
