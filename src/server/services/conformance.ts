import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Capabilities } from "#contract/cluster.ts";
import type { ProblemReason } from "#contract/problem.ts";
import { suspensionSchema } from "#contract/suspension.ts";
import { createdTokenSchema, tokenSchema } from "#contract/token-schema.ts";
import { isSuspended, tokenStatus, type CreateToken, type Token } from "#contract/token.ts";
import { managementTokenSchema } from "#contract/management-token.ts";
import { ApiError } from "#server/api-error.ts";
import { type ConformanceColumnId, conformanceColumns } from "./conformance-columns.ts";
import { tokenEntityTag } from "./entity-tag.ts";
import { readAllTokens } from "./list-for-tests.ts";
import type { CallContext, TokenService } from "./token-service.ts";

/**
 * One service over a cluster that is empty, but for what its product has from the start, with a caller that may do
 * everything.
 */
export interface ServiceUnderTest {
  service: TokenService;
  context: CallContext;
  /** Milliseconds: what the cluster takes for now. */
  now(): number;
  /** An id of the right form that nothing has. */
  absentId: string;
  /** Ids of a wrong form. */
  malformedIds: string[];
  /**
   * What to create in place of this where the product does not have everything that a token can be: with permissions that
   * it knows, or a description that no other token has. As it is, by default.
   */
  adapt?: (wanted: CreateToken) => CreateToken;
  close(): Promise<void>;
}

declare module "vitest" {
  interface TaskMeta {
    /** On the suite of a product: whose column of the printed table its cases fill. */
    conformance?: ConformanceColumnId;
  }
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
export function describeTokenService(
  column: ConformanceColumnId,
  setUp: () => Promise<ServiceUnderTest>,
): void {
  const title = `${conformanceColumns[column].name} fulfils the token service`;
  describe(title, { meta: { conformance: column } }, () => {
    let service: TokenService;
    let context: CallContext;
    let now: () => number;
    let absentId: string;
    let malformedIds: string[];
    let adapt: (wanted: CreateToken) => CreateToken;
    let close: () => Promise<void>;
    beforeEach(async () => {
      const made = await setUp();
      ({ service, context, now, absentId, malformedIds, close } = made);
      adapt = made.adapt ?? ((wanted) => wanted);
    });
    afterEach(() => close());

    /** A case that needs these capabilities. `skip` ends one that turns out not to concern the product. */
    function can(
      title: string,
      needs: (keyof Capabilities)[],
      run: (skip: (why: string) => void) => Promise<void>,
    ): void {
      it(title, async (test) => {
        for (const need of needs) {
          const capability = service.capabilities[need];
          if (!capability.allowed) test.skip(`${need}: ${capability.reason}`);
        }
        await run((why) => test.skip(why));
      });
    }

    const wish = (wanted: Partial<CreateToken> = {}): CreateToken =>
      adapt({ description: "CI writer", permissions: [{ action: "write", resource: "ci" }], ...wanted });
    const create = (wanted: Partial<CreateToken> = {}) => service.createToken(context, wish(wanted));
    /** With permissions that not every product has: undefined when it says so, and makes nothing. */
    const createIfTaken = async (permissions: Token["permissions"]) => {
      const before = await readAllTokens(service, context);
      try {
        return await create({ permissions });
      } catch (error) {
        if (!(error instanceof ApiError) || error.field !== "permissions") throw error;
        expect([error.status, error.reason]).toEqual([400, "invalid_request"]);
        expect(await readAllTokens(service, context)).toEqual(before);
        return undefined;
      }
    };
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
        for (const form of ["with_cluster", "without_cluster", "columns"] as const) {
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
      const wanted = wish(
        service.capabilities.setExpiry.allowed ? { expiresAt: new Date(now() + 30 * DAY).toISOString() } : {},
      );
      const created = await service.createToken(context, wanted);
      expect(createdTokenSchema.parse(created)).toEqual(created);
      const { accessToken, ...token } = created;
      expect(accessToken.length).toBeGreaterThanOrEqual(32);
      expect(token).toMatchObject(wanted);
      expect(tokenStatus(token, now())).toBe("active");
      expect(await service.getToken(context, token.id)).toEqual(token);
      expect(await find(token.id)).toEqual(token);
      expect(JSON.stringify(await readAllTokens(service, context))).not.toContain(accessToken);
    });

    can("makes a new secret and a new id each time", ["createDatabaseToken"], async () => {
      const before = await readAllTokens(service, context);
      const [one, two] = [await create(), await create()];
      expect(one.id).not.toBe(two.id);
      expect(one.accessToken).not.toBe(two.accessToken);
      expect(await readAllTokens(service, context)).toHaveLength(before.length + 2);
    });

    can(
      "refuses an expiry that is not in the future and names the field",
      ["createDatabaseToken"],
      async () => {
        const before = await readAllTokens(service, context);
        const { setExpiry } = service.capabilities;
        // One that has no expiry refuses any, rather than making a token that never ends.
        for (const instant of [now(), now() - DAY, ...(setExpiry.allowed ? [] : [now() + DAY])]) {
          const call = create({ expiresAt: new Date(instant).toISOString() });
          expect((await expectRefusal(call, 400, "invalid_request")).field).toBe("expiresAt");
        }
        expect(await readAllTokens(service, context)).toEqual(before);
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
        const wanted = wish({ description });
        const { id } = await service.createToken(context, wanted);
        expect((await service.getToken(context, id)).description).toBe(wanted.description);
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
        expect(await service.getToken(context, before.id)).toEqual(renamed);
      },
    );

    can(
      "replaces the permissions by those that an update names",
      ["createDatabaseToken", "updateDatabaseToken", "updatePermissions"],
      async () => {
        const { accessToken: _secret, ...before } = await create();
        const permissions = [
          { action: "read", resource: "a" },
          { action: "read", resource: "*" },
        ];
        const regranted = await service.updateToken(context, before.id, { permissions }, undefined);
        expect(regranted).toEqual({ ...before, permissions });
        expect(await service.getToken(context, before.id)).toEqual(regranted);
        expect(
          (await service.updateToken(context, before.id, { permissions: [] }, undefined)).permissions,
        ).toEqual([]);
      },
    );

    it("refuses other permissions where they are fixed, with the reason, and takes those that a token has", async (test) => {
      const { createDatabaseToken, updateDatabaseToken, updatePermissions } = service.capabilities;
      test.skip(!createDatabaseToken.allowed || !updateDatabaseToken.allowed, "nothing to update");
      test.skip(updatePermissions.allowed, "permissions are not fixed");
      const { accessToken: _secret, ...before } = await create();
      const { permissions } = before;
      for (const others of [[], [...permissions, { action: "read", resource: "ci" }]]) {
        const update = { description: "New", permissions: others };
        const refused = service.updateToken(context, before.id, update, undefined);
        expect((await expectRefusal(refused, 409, "conflict")).message).toBe(
          updatePermissions.allowed ? "" : updatePermissions.reason,
        );
      }
      expect(await service.getToken(context, before.id)).toEqual(before);
      const plain = permissions.map(({ action, resource }) => ({ action, resource }));
      for (const same of [permissions, plain]) {
        await service.updateToken(context, before.id, { description: "New", permissions: same }, undefined);
      }
      expect(await service.getToken(context, before.id)).toEqual({ ...before, description: "New" });
    });

    can(
      "keeps unknown actions and fields of permissions verbatim, through an update of the description too",
      ["createDatabaseToken", "updateDatabaseToken"],
      async (skip) => {
        const permissions = [{ action: "alter", resource: "no-such-database", hint: { deep: [1, "ü"] } }];
        const made = await createIfTaken(permissions);
        if (made === undefined) return skip("the product refuses actions that it does not know");
        const { id } = made;
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
      "suspends a token and restores it, as it was",
      ["createDatabaseToken", "suspendDatabaseToken"],
      async () => {
        const permissions = [
          { action: "read", resource: "b" },
          { action: "alter", resource: "a", hint: { deep: [1, "ü"] } },
        ];
        const { accessToken: _secret, ...before } = (await createIfTaken(permissions)) ?? (await create());
        const suspended = await service.suspendToken(context, before.id, tokenEntityTag(before));
        expect(isSuspended(suspended)).toBe(true);
        // Either its permissions are kept for it, or the product refuses it as it is.
        expect(suspended).toEqual({
          ...before,
          suspendedAt: expect.any(String),
          ...(suspended.isDeactivated === true
            ? { isDeactivated: true }
            : { permissions: [], suspendedBy: context.actor.label }),
        });
        expect(tokenSchema.parse(suspended)).toEqual(suspended);
        expect(await service.getToken(context, before.id)).toEqual(suspended);
        expect(await find(before.id)).toEqual(suspended);
        const { suspendedAt, suspendedBy = "" } = suspended;
        const { suspension, tag } = await service.getSuspension(context, before.id);
        expect(suspensionSchema.parse(suspension)).toEqual({
          suspendedAt,
          suspendedBy,
          permissions: before.permissions,
        });

        const restored = await service.restoreToken(context, before.id, tag);
        expect(restored).toEqual(before);
        expect(await service.getToken(context, before.id)).toEqual(before);
        expect(await find(before.id)).toEqual(before);
        await expectRefusal(service.getSuspension(context, before.id), 404, "not_found");
        await expectRefusal(service.restoreToken(context, before.id, undefined), 404, "not_found");
      },
    );

    can(
      "suspends neither twice, nor what may do nothing, nor what was changed since it was read",
      ["createDatabaseToken", "updateDatabaseToken", "suspendDatabaseToken"],
      async () => {
        const seen = await create();
        await service.updateToken(context, seen.id, { description: "theirs" }, undefined);
        const late = service.suspendToken(context, seen.id, tokenEntityTag(seen));
        await expectRefusal(late, 412, "precondition_failed");
        expect((await service.getToken(context, seen.id)).permissions).toEqual(seen.permissions);
        await service.suspendToken(context, seen.id, undefined);
        await expectRefusal(service.suspendToken(context, seen.id, undefined), 409, "conflict");
        expect((await service.getSuspension(context, seen.id)).suspension.permissions).toEqual(
          seen.permissions,
        );
        const { id } = await create();
        await expectRefusal(service.getSuspension(context, id), 404, "not_found");
        const empty = await createIfTaken([]);
        if (empty === undefined) return;
        await expectRefusal(service.suspendToken(context, empty.id, undefined), 409, "conflict");
        await expectRefusal(service.getSuspension(context, empty.id), 404, "not_found");
      },
    );

    can(
      "keeps the record of a suspended token whose permissions somebody sets, until it is restored over them",
      ["createDatabaseToken", "updateDatabaseToken", "updatePermissions", "suspendDatabaseToken"],
      async () => {
        const before = await create();
        const suspended = await service.suspendToken(context, before.id, undefined);
        const seen = await service.getSuspension(context, before.id);
        const permissions = [{ action: "read", resource: "meanwhile" }];
        const changed = await service.updateToken(
          context,
          before.id,
          { description: "renamed", permissions },
          undefined,
        );
        expect(changed).toEqual({ ...suspended, description: "renamed", permissions });
        expect((await service.getSuspension(context, before.id)).suspension.permissions).toEqual(
          before.permissions,
        );
        for (const stale of [seen.tag, tokenEntityTag(changed), tokenEntityTag(suspended)]) {
          await expectRefusal(service.restoreToken(context, before.id, stale), 412, "precondition_failed");
        }
        const { tag } = await service.getSuspension(context, before.id);
        const restored = await service.restoreToken(context, before.id, tag);
        expect(restored).toMatchObject({ description: "renamed", permissions: before.permissions });
        expect(restored).not.toHaveProperty("suspendedAt");
      },
    );

    can(
      "suspends anew what somebody gave permissions again, and never restores what was not seen",
      ["createDatabaseToken", "updateDatabaseToken", "updatePermissions", "suspendDatabaseToken"],
      async () => {
        const { id, permissions: first } = await create();
        await service.suspendToken(context, id, undefined);
        const seen = await service.getSuspension(context, id);
        const second = [{ action: "read", resource: "second" }];
        const regranted = await service.updateToken(context, id, { permissions: second }, undefined);
        const again = await service.suspendToken(context, id, tokenEntityTag(regranted));
        expect(again.permissions).toEqual([]);
        const kept = await service.getSuspension(context, id);
        expect(kept.suspension.permissions).toEqual(second);
        // The token looks as it did: only what is kept of it tells that these are other permissions.
        await expectRefusal(service.restoreToken(context, id, seen.tag), 412, "precondition_failed");
        expect((await service.restoreToken(context, id, kept.tag)).permissions).toEqual(second);
        expect(first).not.toEqual(second);
        await expectRefusal(service.restoreToken(context, id, kept.tag), 404, "not_found");
      },
    );

    can(
      "neither suspends nor restores a revoked token",
      ["createDatabaseToken", "revokeDatabaseToken", "suspendDatabaseToken"],
      async () => {
        const [plain, suspended] = [await create(), await create()];
        await service.suspendToken(context, suspended.id, undefined);
        for (const { id } of [plain, suspended]) await service.revokeToken(context, id);
        for (const call of [
          service.suspendToken(context, plain.id, undefined),
          service.restoreToken(context, suspended.id, undefined),
        ]) {
          const error: unknown = await call.catch((reason: unknown) => reason);
          // Where a revoked token is removed, it is simply not there.
          expect(error).toBeInstanceOf(ApiError);
          if (error instanceof ApiError) expect(["conflict", "not_found"]).toContain(error.reason);
        }
      },
    );

    can(
      "lets one of two suspensions at once win, and one of two restorations",
      ["createDatabaseToken", "suspendDatabaseToken"],
      async () => {
        const before = await create();
        for (const both of [
          [1, 2].map(() => () => service.suspendToken(context, before.id, undefined)),
          [1, 2].map(() => () => service.restoreToken(context, before.id, undefined)),
        ]) {
          const outcomes = await Promise.allSettled(both.map((call) => call()));
          expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
        }
        expect((await service.getToken(context, before.id)).permissions).toEqual(before.permissions);
      },
    );

    can("suspends and restores only what is there", ["suspendDatabaseToken"], async () => {
      for (const id of [absentId, ...malformedIds]) {
        const [status, reason] = id === absentId ? [404, "not_found" as const] : [400, "invalid_id" as const];
        await expectRefusal(service.suspendToken(context, id, undefined), status, reason);
        await expectRefusal(service.getSuspension(context, id), status, reason);
        await expectRefusal(service.restoreToken(context, id, undefined), status, reason);
      }
    });

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

    it("takes the caller's credential, and refuses one that it does not know", async () => {
      const secret = `twm1_${"x".repeat(43)}`;
      const stranger: CallContext = { ...context, credential: { kind: "management_token", secret } };
      await service.check(context);
      await expectRefusal(service.check(stranger), 401, "credential_refused");
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
      "lets one of two updates at once win, of those that saw the same",
      ["createDatabaseToken", "updateDatabaseToken"],
      async () => {
        const seen = await create();
        const tag = tokenEntityTag(seen);
        const outcomes = await Promise.allSettled(
          ["one", "two"].map((description) => service.updateToken(context, seen.id, { description }, tag)),
        );
        expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
      },
    );

    can(
      "loses no permission between two updates at once",
      ["createDatabaseToken", "updateDatabaseToken", "updatePermissions"],
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
