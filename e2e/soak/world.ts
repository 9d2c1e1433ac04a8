import { AsyncLocalStorage } from "node:async_hooks";
import { QueryClient } from "@tanstack/react-query";
import { CLUSTERS_KEY, listClusters } from "#app/api/clusters-api.ts";
import type { TestEngine } from "#server/database/engines-for-tests.ts";
import { ACCOUNT_ID, CLUSTER_ID } from "#server/database/own-cluster-setup.ts";
import { MANAGEMENT_TOKEN } from "#server/gateway-for-tests.ts";
import { serveTestGateway, type ServedGateway } from "#server/served-gateway-for-tests.ts";
import { FaultProxy } from "#e2e/fault-proxy.ts";
import { countVersions, judge, judgeRecord, readState, type Told } from "./oracle.ts";
import type { Troubles } from "./troubles.ts";

const COLLECTION = "/api/v0/tokens";
export const IDS = { accountId: ACCOUNT_ID, clusterId: CLUSTER_ID };
export const CLIENTS = ["browser A", "browser B", "the program"] as const;
export type ClientName = (typeof CLIENTS)[number];
export type BrowserName = Exclude<ClientName, "the program">;

/** Whoever asks: what a browser adds to each request of a page, or a program's own. */
interface Sender {
  url: string;
  headers: Record<string, string>;
}

const sender = new AsyncLocalStorage<Sender>();
const realFetch = globalThis.fetch;

/**
 * The pages' own code asks by paths, in a browser that adds where it came from and the cookie: this adds them, to a real
 * request. Two browsers are in one process, so that each asks in a context of its own.
 */
export function standInForBrowsers(): () => void {
  const before = Object.getOwnPropertyDescriptor(globalThis, "navigator");
  Object.defineProperty(globalThis, "navigator", { value: { onLine: true }, configurable: true });
  globalThis.fetch = (input, init) => {
    const from = sender.getStore();
    if (from === undefined || typeof input !== "string") return realFetch(input, init);
    const { credentials: _cookie, cache: _cache, ...rest } = init ?? {};
    const headers = new Headers(rest.headers);
    for (const [name, value] of Object.entries(from.headers)) headers.set(name, value);
    return realFetch(from.url + input, { ...rest, headers });
  };
  return () => {
    globalThis.fetch = realFetch;
    if (before === undefined) Reflect.deleteProperty(globalThis, "navigator");
    else Object.defineProperty(globalThis, "navigator", before);
  };
}

export interface Client {
  name: ClientName;
  /** What a page of it keeps. */
  cache: QueryClient;
  proxy: FaultProxy;
  /** Runs something as this client. */
  as<T>(work: () => Promise<T>): Promise<T>;
}

/** A gateway with its database, and three clients who reach it each over a line of their own. */
export class World {
  readonly #served: ServedGateway;
  readonly #clients: ReadonlyMap<ClientName, Client>;
  readonly #versionsBefore: number;
  readonly #secrets: string[] = [];
  #names = 0;

  private constructor(served: ServedGateway, clients: ReadonlyMap<ClientName, Client>, versions: number) {
    this.#served = served;
    this.#clients = clients;
    this.#versionsBefore = versions;
  }

  static async begin(engine: TestEngine): Promise<World> {
    const served = await serveTestGateway({ engine });
    const clients = new Map<ClientName, Client>();
    for (const name of CLIENTS) {
      const proxy = await FaultProxy.start(served.url, "target");
      const headers: Record<string, string> =
        name === "the program"
          ? { Authorization: `Bearer ${MANAGEMENT_TOKEN}` }
          : { Cookie: await served.gateway.signIn(), "Sec-Fetch-Site": "same-origin" };
      const cache = new QueryClient({ defaultOptions: { queries: { retry: false, gcTime: Infinity } } });
      const from = { url: proxy.url, headers };
      const client: Client = { name, cache, proxy, as: (work) => sender.run(from, work) };
      if (name !== "the program") {
        cache.setQueryData(CLUSTERS_KEY, await client.as(() => listClusters()));
      }
      clients.set(name, client);
    }
    const versionsBefore = await countVersions(served.gateway.database.db);
    for (const description of ["the first", "the second", "the third"]) {
      const permissions = [
        { action: "read", resource: "orders" },
        { action: "write", resource: "stock" },
      ];
      await served.gateway.bearer("POST", COLLECTION, { description, permissions });
      served.gateway.pass(1000);
    }
    return new World(served, clients, versionsBefore);
  }

  client(name: ClientName): Client {
    const client = this.#clients.get(name);
    if (client === undefined) throw new Error(`There is no ${name}.`);
    return client;
  }

  /** A description that nothing else has. */
  newName(by: ClientName): string {
    this.#names++;
    return `${String(this.#names)} of ${by}`;
  }

  /** The server's clock, in milliseconds. */
  now(): number {
    return this.#served.gateway.clock();
  }

  /** One of the tokens that are there, the first ones again after the last; those that are active come before the others. */
  async tokenAt(place: number): Promise<{ id: string; description: string } | undefined> {
    const rows = await this.#served.gateway.database.db
      .selectFrom("database_tokens")
      .select(["id", "description"])
      // First those that somebody can still do something with.
      .orderBy(({ eb }) => eb.case().when("revoked_at", "is", null).then(0).else(1).end())
      .orderBy("created_at")
      // Not by id: a story is to mean the same tokens when it is told again.
      .orderBy("description")
      .execute();
    return rows[place % Math.max(1, rows.length)];
  }

  state() {
    return readState(this.#served.gateway.database);
  }

  keepSecret(secret: string): void {
    this.#secrets.push(secret);
  }

  /**
   * Lets clients do things, each with what goes wrong on its line, and holds what they were told, which `onTold` hears of
   * first, against the database. Throws what is wrong.
   */
  async live(
    doings: readonly { name: ClientName; troubles: Troubles; act: () => Promise<Told[]> }[],
    onTold: (told: readonly Told[]) => void,
  ): Promise<void> {
    this.#served.gateway.pass(1000);
    const before = await this.state();
    const each = await Promise.all(
      doings.map(({ name, troubles, act }) => this.#troubled(name, troubles, act)),
    );
    const told = each.flat();
    onTold(told);
    const wrong = judge(before, await this.state(), told);
    if (doings.length === 1 && doings[0]?.troubles.areNone === true) {
      for (const { words, outcome } of told) {
        if (outcome === "unknown") wrong.push(`${words}: nothing went wrong, and the outcome is unknown`);
      }
    }
    if (wrong.length > 0) throw new Error(wrong.join("\n"));
  }

  /** Lets a client read the list. `read` gives what is wrong with it, and undefined when it failed. Throws what is wrong. */
  async look(name: ClientName, troubles: Troubles, read: () => Promise<string[] | undefined>): Promise<void> {
    const wrong = await this.#troubled(name, troubles, read);
    if (wrong === undefined && troubles.areNone) throw new Error("nothing went wrong, and there is no list");
    if (wrong !== undefined && wrong.length > 0) throw new Error(wrong.join("\n"));
  }

  async #troubled<T>(name: ClientName, troubles: Troubles, act: () => Promise<T>): Promise<T> {
    const client = this.client(name);
    const lift = troubles.lay(client.proxy);
    try {
      return await client.as(act);
    } finally {
      lift();
    }
  }

  /** What must hold when nobody does anything any more. Throws otherwise. */
  async end(): Promise<void> {
    const wrong = await judgeRecord(this.#served.gateway.database, this.#versionsBefore, this.#secrets);
    if (wrong.length > 0) throw new Error(wrong.join("\n"));
  }

  async close(): Promise<void> {
    for (const { proxy, cache } of this.#clients.values()) {
      await cache.cancelQueries();
      cache.clear();
      await proxy.stop();
    }
    await this.#served.close();
  }
}
