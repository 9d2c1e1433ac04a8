import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Capabilities } from "#contract/cluster.ts";
import type { ProblemReason } from "#contract/problem.ts";
import { createdTokenSchema, tokenSchema } from "#contract/token-schema.ts";
import { tokenStatus, type Token } from "#contract/token.ts";
import { managementTokenSchema } from "#contract/management-token.ts";
import { ApiError } from "#server/api-error.ts";
import { tokenEntityTag } from "./entity-tag.ts";
import { readAllTokens } from "./list-for-tests.ts";
import type { CallContext, TokenService } from "./token-service.ts";

/** One service over an empty cluster, with a caller that may do everything. */
export interface ServiceUnderTest {
  service: TokenService;
  context: CallContext;
  /** Milliseconds: what the cluster takes for now. */
  now(): number;
  /** An id of the right form that nothing has. */
  absentId: string;
  /** Ids of a wrong form. */
  malformedIds: string[];
  close(): Promise<void>;
}

const DAY = 86_400_000;

/** Asserts that the call is refused with an ApiError of this status and reason; gives the error back. */
export async function expectRefusal(
  call: Promise<unknown>,
  status: number,
  reason: ProblemReason,
): Promise<ApiError> {
  const outcome = await call.then(
    () => "accepted",
    (error: unknown) => error,
  );
  expect(outcome).toBeInstanceOf(ApiError);
  if (!(outcome instanceof ApiError)) throw new Error("unreachable: the assertion above failed");
  expect({ status: outcome.status, reason: outcome.reason }).toEqual({ status, reason });
  return outcome;
}

/**
 * What every service must do, whatever the product. A product that cannot do something says so in its
 * capabilities; its cases show as skipped.
 */
export function describeTokenService(name: string, setUp: () => Promise<ServiceUnderTest>): void {
  describe(`${name} fulfils the token service`, () => {
    let service: TokenService;
    let context: CallContext;
    let now: () => number;
    let absentId: string;
    let malformedIds: string[];
    let close: () => Promise<void>;
    beforeEach(async () => {
      ({ service, context, now, absentId, malformedIds, close } = await setUp());
    });
    afterEach(() => close());

    /** A case that needs these capabilities. */
    function can(title: string, needs: (keyof Capabilities)[], run: () => Promise<void>): void {
      it(title, async (test) => {
        const missing = needs.find((need) => !service.capabilities[need].allowed);
        test.skip(missing !== undefined, `the product lacks ${missing}`);
        await run();
      });
    }

    const create = (wanted: Partial<Parameters<TokenService["createToken"]>[1]> = {}) =>
      service.createToken(context, {
        description: "CI writer",
        permissions: [{ action: "write", resource: "ci" }],
        ...wanted,
      });
    const find = async (id: string) =>
      (await readAllTokens(service, context)).find((token) => token.id === id);

    it("lists tokens that fulfil the contract and carry no secret", async () => {
      for (const token of await readAllTokens(service, context)) {
        expect(tokenSchema.parse(token)).toEqual(token);
        expect(token).not.toHaveProperty("accessToken");
      }
    });

    can(
      "says unchanged to who holds its list, until something changes",
      ["createDatabaseToken"],
      async () => {
        for (const form of ["with_cluster", "without_cluster"] as const) {
          const read = (held: string[]) =>
            service.readTokenList(context, { form, held, acceptsChanges: false });
          const { kind, tag } = await read([]);
          expect(kind).toBe("whole");
          expect(tag).toMatch(/^"[\x21\x23-\x2b\x2d-\x7e]+"$/);
          expect(await read(['"other"', tag])).toEqual({ kind: "unchanged", tag });
          const { id } = await create();
          const after = await read([tag]);
          expect([after.kind, after.tag === tag]).toEqual(["whole", false]);
          const rows = await readAllTokens(service, context, form);
          expect(rows.some((token) => token.id === id)).toBe(true);
          for (const token of rows) expect("clusterId" in token).toBe(form === "with_cluster");
        }
      },
    );

    it("refuses ids of a wrong form before anything else", async () => {
      for (const id of malformedIds) {
        await expectRefusal(service.getToken(context, id), 400, "invalid_id");
        await expectRefusal(service.revokeToken(context, id), 400, "invalid_id");
        await expectRefusal(
          service.updateToken(context, id, { description: "x" }, undefined),
          400,
          "invalid_id",
        );
      }
    });

    it("answers not_found for a token that is not there", async () => {
      await expectRefusal(service.getToken(context, absentId), 404, "not_found");
      await expectRefusal(service.revokeToken(context, absentId), 404, "not_found");
    });

    can("creates a token and shows its secret in that answer only", ["createDatabaseToken"], async () => {
      const expiresAt = new Date(now() + 30 * DAY).toISOString();
      const created = await create({ expiresAt });
      expect(createdTokenSchema.parse(created)).toEqual(created);
      const { accessToken, ...token } = created;
      expect(accessToken.length).toBeGreaterThanOrEqual(32);
      expect(token).toMatchObject({
        description: "CI writer",
        permissions: [{ action: "write", resource: "ci" }],
        expiresAt,
      });
      expect(tokenStatus(token, now())).toBe("active");
      expect(await service.getToken(context, token.id)).toEqual(token);
      expect(await find(token.id)).toEqual(token);
      expect(JSON.stringify(await readAllTokens(service, context))).not.toContain(accessToken);
    });

    can("makes a new secret and a new id each time", ["createDatabaseToken"], async () => {
      const [one, two] = [await create(), await create()];
      expect(one.id).not.toBe(two.id);
      expect(one.accessToken).not.toBe(two.accessToken);
      expect(await readAllTokens(service, context)).toHaveLength(2);
    });

    can(
      "refuses an expiry that is not in the future and names the field",
      ["createDatabaseToken"],
      async () => {
        for (const past of [now(), now() - DAY]) {
          const call = create({ expiresAt: new Date(past).toISOString() });
          expect((await expectRefusal(call, 400, "invalid_request")).field).toBe("expiresAt");
        }
        expect(await readAllTokens(service, context)).toEqual([]);
      },
    );

    can("keeps texts in every script as they are", ["createDatabaseToken"], async () => {
      for (const description of [
        "",
        "東京 🏭 👩‍🔬",
        "a\u202Eb\u200Bc\nd",
        "'; drop table x; --",
        "x".repeat(10_000),
      ]) {
        const { id } = await create({ description });
        expect((await service.getToken(context, id)).description).toBe(description);
      }
    });

    can("revokes once, for good", ["createDatabaseToken", "revokeDatabaseToken"], async () => {
      const [doomed, bystander] = [await create(), await create()];
      await service.revokeToken(context, doomed.id);
      const after = await find(doomed.id);
      if (after !== undefined) expect(tokenStatus(after, now())).toBe("revoked");
      expect(tokenStatus(await service.getToken(context, bystander.id), now())).toBe("active");
      await expectRefusal(service.revokeToken(context, doomed.id), 404, "not_found");
    });

    can(
      "changes what an update names and leaves the rest alone",
      ["createDatabaseToken", "updateDatabaseToken"],
      async () => {
        const { accessToken: _secret, ...before } = await create();
        const renamed = await service.updateToken(context, before.id, { description: "New" }, undefined);
        expect(renamed).toEqual({ ...before, description: "New" });
        const permissions = [
          { action: "read", resource: "a" },
          { action: "read", resource: "*" },
        ];
        const regranted = await service.updateToken(context, before.id, { permissions }, undefined);
        expect(regranted).toEqual({ ...renamed, permissions });
        expect(await service.getToken(context, before.id)).toEqual(regranted);
        expect(
          (await service.updateToken(context, before.id, { permissions: [] }, undefined)).permissions,
        ).toEqual([]);
      },
    );

    can(
      "keeps unknown actions and fields of permissions verbatim, through an update of the description too",
      ["createDatabaseToken", "updateDatabaseToken"],
      async () => {
        const permissions = [{ action: "alter", resource: "no-such-database", hint: { deep: [1, "ü"] } }];
        const { id } = await create({ permissions });
        expect((await service.getToken(context, id)).permissions).toEqual(permissions);
        await service.updateToken(context, id, { description: "x" }, undefined);
        expect((await service.getToken(context, id)).permissions).toEqual(permissions);
      },
    );

    can(
      "compares before it writes: a changed token is precondition_failed and stays as it is",
      ["createDatabaseToken", "updateDatabaseToken"],
      async () => {
        const seen = await create();
        const tag = tokenEntityTag(seen);
        const changed = await service.updateToken(context, seen.id, { description: "theirs" }, tag);
        const mine = service.updateToken(context, seen.id, { description: "mine" }, tag);
        await expectRefusal(mine, 412, "precondition_failed");
        expect((await service.getToken(context, seen.id)).description).toBe("theirs");
        await service.updateToken(context, seen.id, { description: "mine" }, tokenEntityTag(changed));
      },
    );

    can("does not update what is not there", ["updateDatabaseToken"], async () => {
      await expectRefusal(
        service.updateToken(context, absentId, { description: "x" }, undefined),
        404,
        "not_found",
      );
    });

    can(
      "does not update a revoked token",
      ["createDatabaseToken", "revokeDatabaseToken", "updateDatabaseToken"],
      async () => {
        const seen = await create();
        await service.revokeToken(context, seen.id);
        const update = service.updateToken(context, seen.id, { description: "x" }, tokenEntityTag(seen));
        const error: unknown = await update.catch((reason: unknown) => reason);
        // Where a revoked token is removed, it is simply not there.
        expect(error).toBeInstanceOf(ApiError);
        if (error instanceof ApiError) expect(["conflict", "not_found"]).toContain(error.reason);
      },
    );

    can(
      "manages management tokens",
      ["listManagementTokens", "createManagementToken", "revokeManagementToken"],
      async () => {
        const expiresAt = new Date(now() + DAY).toISOString();
        const { accessToken, ...made } = await service.createManagementToken(context, {
          description: "Deploy",
          expiresAt,
        });
        expect(managementTokenSchema.parse(made)).toEqual(made);
        expect(made).toMatchObject({ description: "Deploy", expiresAt, createdBy: context.actor.label });
        expect(accessToken.startsWith(made.tokenPrefix)).toBe(true);
        expect(await service.getManagementToken(context, made.id)).toEqual(made);
        expect(await service.listManagementTokens(context)).toContainEqual(made);

        const credential = { kind: "management_token", secret: accessToken } as const;
        expect(await service.authenticate(credential)).toMatchObject({ managementTokenId: made.id });
        await service.revokeManagementToken(context, made.id);
        await expectRefusal(service.authenticate(credential), 401, "credential_refused");
        await expectRefusal(service.revokeManagementToken(context, made.id), 404, "not_found");
        await expectRefusal(service.revokeManagementToken(context, randomUUID()), 404, "not_found");
        for (const id of malformedIds) {
          await expectRefusal(service.getManagementToken(context, id), 400, "invalid_id");
          await expectRefusal(service.revokeManagementToken(context, id), 400, "invalid_id");
        }
      },
    );

    it("refuses a credential that it does not know", async () => {
      const secret = `twm1_${"x".repeat(43)}`;
      await expectRefusal(
        service.authenticate({ kind: "management_token", secret }),
        401,
        "credential_refused",
      );
    });

    can(
      "lets one of two revocations at once win",
      ["createDatabaseToken", "revokeDatabaseToken"],
      async () => {
        const { id } = await create();
        const outcomes = await Promise.allSettled([
          service.revokeToken(context, id),
          service.revokeToken(context, id),
        ]);
        expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
      },
    );

    can(
      "loses no permission between two updates at once",
      ["createDatabaseToken", "updateDatabaseToken"],
      async () => {
        const seen = await create();
        const tag = tokenEntityTag(seen);
        const add = (resource: string): Promise<Token> =>
          service.updateToken(
            context,
            seen.id,
            { permissions: [...seen.permissions, { action: "read", resource }] },
            tag,
          );
        const outcomes = await Promise.allSettled([add("a"), add("b")]);
        expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
      },
    );
  });
}
