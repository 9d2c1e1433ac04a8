import { sql } from "kysely";
import { expect, it, onTestFinished } from "vitest";
import type { Token } from "#contract/token.ts";
import { describeOnPostgres } from "#server/database/engines-for-tests.ts";
import type { OpenDatabase } from "#server/database/connect.ts";
import { ACCOUNT_ID, CLUSTER_ID } from "#server/database/own-cluster-setup.ts";
import { MANAGEMENT_TOKEN } from "#server/gateway-for-tests.ts";
import type { Profile } from "#server/profiles/profile.ts";
import { serveTestGateway } from "#server/served-gateway-for-tests.ts";
import { createService } from "./create-service.ts";
import { tokenEntityTag } from "./entity-tag.ts";
import type { CallContext, TokenService } from "./token-service.ts";
import { createUpstream } from "./upstream.ts";

const context: CallContext = {
  credential: { kind: "management_token", secret: MANAGEMENT_TOKEN },
  actor: { kind: "management_token", label: "Token of prod", managementTokenId: "0" },
  signal: new AbortController().signal,
};
const ROOM = { timeout: 30_000 };

describeOnPostgres("Two gateways in front of one InfluxDB", (engine) => {
  async function start(): Promise<[TokenService, TokenService]> {
    const elsewhere = await serveTestGateway();
    onTestFinished(elsewhere.close);
    const database = await engine.open();
    onTestFinished(database.close);
    const other = await database.openAgain();
    onTestFinished(other.close);
    const profile: Profile = {
      name: "prod",
      slug: "prod",
      product: "clustered",
      url: elsewhere.url,
      tls: { insecure: false, caFile: undefined, certFile: undefined, keyFile: undefined },
      accountId: ACCOUNT_ID,
      clusterId: CLUSTER_ID,
      longPaths: false,
      token: undefined,
    };
    const serviceOn = ({ db, locks }: OpenDatabase) => {
      const upstream = createUpstream(profile);
      onTestFinished(() => upstream.close());
      return createService(profile, {
        upstream,
        clock: elsewhere.gateway.clock,
        db,
        acrossGateways: locks?.hold,
      });
    };
    return [serviceOn(database), serviceOn(other)];
  }

  it(
    "lets one of two updates at once win, of those that saw the same, and loses no permission",
    ROOM,
    async () => {
      const [one, other] = await start();
      for (let round = 0; round < 5; round++) {
        const seen = await one.createToken(context, {
          description: "CI",
          permissions: [{ action: "write", resource: "ci" }],
        });
        const add = (service: TokenService, resource: string): Promise<Token> =>
          service.updateToken(
            context,
            seen.id,
            { permissions: [...seen.permissions, { action: "read", resource }] },
            tokenEntityTag(seen),
          );
        const outcomes = await Promise.allSettled([add(one, "a"), add(other, "b")]);
        expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
        expect((await one.getToken(context, seen.id)).permissions).toHaveLength(2);
      }
    },
  );
});

describeOnPostgres("A lock across gateways", (engine) => {
  const open = async () => {
    const database = await engine.open();
    onTestFinished(database.close);
    const other = await database.openAgain();
    onTestFinished(other.close);
    const [mine, theirs] = [database.locks, other.locks];
    if (mine === undefined || theirs === undefined) throw new Error("PostgreSQL has locks");
    return { database, mine, theirs };
  };
  const never = new AbortController().signal;
  /** Work that lasts until it is told to end. */
  const lasting = () => {
    let end = () => {};
    let begin = () => {};
    const begun = new Promise<void>((resolve) => (begin = resolve));
    const ended = new Promise<void>((resolve) => (end = resolve));
    return { begun, end: () => end(), run: () => (begin(), ended) };
  };

  it("holds for one key, not for another, until the work ends, well or not", ROOM, async () => {
    const { mine, theirs } = await open();
    const order: string[] = [];
    const work = lasting();
    const first = mine.hold("a", never, work.run).then(() => order.push("first"));
    await work.begun;
    const second = theirs.hold("a", never, async () => order.push("second"));
    expect(await theirs.hold("b", never, async () => "meanwhile")).toBe("meanwhile");
    work.end();
    await Promise.all([first, second]);
    expect(order).toEqual(["first", "second"]);
    const failing = mine.hold("a", never, () => Promise.reject(new Error("on purpose")));
    await expect(failing).rejects.toThrow("on purpose");
    expect(await theirs.hold("a", never, async () => "free")).toBe("free");
  });

  it("lets go of who waits in vain, with the reason, and never begins that work", ROOM, async () => {
    const { mine, theirs } = await open();
    const work = lasting();
    const first = mine.hold("a", never, work.run);
    await work.begun;
    const giveUp = new AbortController();
    let isBegun = false;
    const waiting = theirs.hold("a", giveUp.signal, async () => {
      isBegun = true;
    });
    const reason = new Error("too late");
    giveUp.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    work.end();
    await first;
    expect(isBegun).toBe(false);
  });

  it(
    "is free again when the gateway that has it is gone, and can be had on a new connection",
    ROOM,
    async () => {
      const { database, mine, theirs } = await open();
      const work = lasting();
      const first = mine.hold("a", never, work.run);
      await work.begun;
      const second = theirs.hold("a", never, async () => "mine now");
      await sql`select pg_terminate_backend(pid) from pg_locks
      where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())`.execute(
        database.db,
      );
      expect(await second).toBe("mine now");
      work.end();
      await first;
      expect(await mine.hold("a", never, async () => "again")).toBe("again");
    },
  );
});
