import type { BrowserContext } from "@playwright/test";
import { FaultProxy } from "./fault-proxy.ts";
import { type GatewayOptions, GatewayProcess } from "./gateway-process.ts";
import { PageGuards } from "./page-guards.ts";

/** A context of the browser, and what watches its pages. */
export interface WatchedContext {
  context: BrowserContext;
  guards: PageGuards;
  /** What it was made with, as text: a test that wants another kind gets another. */
  kind: string;
}

/** A gateway that one test after another has, with what is made once for it. */
export interface SharedGateway {
  gateway: GatewayProcess;
  proxy: FaultProxy | undefined;
  watched: WatchedContext | undefined;
  /** One test alone has it. */
  isOwn: boolean;
}

/** Gateways and what stands around them, which are started, put back and ended as one. */
export interface GatewaySet {
  /** The one that browsers open. */
  gateway: GatewayProcess;
  /** False: something of it was ended. */
  readonly isWhole: boolean;
  /** All of it is what it was at the start, and has signed nobody in: another test goes on with it. */
  startOver(): Promise<void>;
  close(): Promise<void>;
}

interface SharedSet {
  set: GatewaySet;
  /** What started it, which tells its kind. */
  start: () => Promise<GatewaySet>;
  shared: SharedGateway;
  tests: number;
}

export interface WantedGateway {
  options: GatewayOptions;
  /** Browsers reach it through a fault proxy. */
  isProxied: boolean;
  isOwn: boolean;
}

/** So many wait for the next test that wants their kind. */
const MOST_KEPT = 4;

/** A gateway keeps in mind who failed to sign in, ten times a minute: no test may find that others used it up. */
const MOST_TESTS_OF_A_SET = 10;

/** A new context of this browser whose pages are watched. */
export async function watchedContext(
  make: () => Promise<BrowserContext>,
  gateway: GatewayProcess,
  kind: string,
): Promise<WatchedContext> {
  const context = await make();
  const guards = new PageGuards(gateway);
  await guards.watch(context);
  return { context, guards, kind };
}

/**
 * The gateways of a worker that tests share one after another. To start one, and a context of the browser, is more than a
 * third of the work of a test; what a test has done to them is undone in some milliseconds.
 */
export class GatewayPool {
  /** By what was wanted; the one that was used last is the last. */
  readonly #waiting = new Map<string, SharedGateway>();
  readonly #taken = new Map<GatewayProcess, SharedGateway>();
  readonly #sets = new Map<GatewaySet, SharedSet>();
  /** No more than one, whose processes are several. */
  #waitingSet: SharedSet | undefined;

  /** One that runs, has the data that its options say and no others, and has signed nobody in. */
  async take(wanted: WantedGateway): Promise<SharedGateway> {
    const shared = (wanted.isOwn ? undefined : this.#fromWaiting(wanted)) ?? (await start(wanted));
    this.#taken.set(shared.gateway, shared);
    return shared;
  }

  #fromWaiting(wanted: WantedGateway): SharedGateway | undefined {
    const key = JSON.stringify(wanted);
    const waiting = this.#waiting.get(key);
    this.#waiting.delete(key);
    waiting?.gateway.putDataBack();
    return waiting;
  }

  /** What belongs to a gateway that a test has now; undefined for those that are none of this pool's. */
  of(gateway: GatewayProcess): SharedGateway | undefined {
    return this.#taken.get(gateway);
  }

  async giveBack(shared: SharedGateway, wanted: WantedGateway): Promise<void> {
    this.#taken.delete(shared.gateway);
    shared.proxy?.startOver();
    if (shared.isOwn || !shared.gateway.isRunning) {
      await end(shared);
      return;
    }
    this.#waiting.set(JSON.stringify(wanted), shared);
    const [oldest] = this.#waiting;
    if (oldest === undefined || this.#waiting.size <= MOST_KEPT) return;
    this.#waiting.delete(oldest[0]);
    await end(oldest[1]);
  }

  /** The same for a set: what `start` makes, at the start or put back. */
  async takeSet<Of extends GatewaySet>(start: () => Promise<Of>, isOwn: boolean): Promise<Of> {
    const waiting = isOwn ? undefined : this.#waitingSet;
    if (waiting?.start === start) {
      this.#waitingSet = undefined;
      this.#takeSet(waiting);
      await waiting.set.startOver();
      return waiting.set as Of;
    }
    const set = await start();
    const shared = { gateway: set.gateway, proxy: undefined, watched: undefined, isOwn };
    this.#takeSet({ set, start, shared, tests: 0 });
    return set;
  }

  #takeSet(taken: SharedSet): void {
    taken.tests++;
    this.#sets.set(taken.set, taken);
    this.#taken.set(taken.set.gateway, taken.shared);
  }

  async giveBackSet(set: GatewaySet): Promise<void> {
    const taken = this.#sets.get(set);
    if (taken === undefined) throw new Error("This set was not taken.");
    this.#sets.delete(set);
    this.#taken.delete(set.gateway);
    if (taken.shared.isOwn || !set.isWhole || taken.tests >= MOST_TESTS_OF_A_SET) {
      await endSet(taken);
      return;
    }
    const before = this.#waitingSet;
    this.#waitingSet = taken;
    if (before !== undefined) await endSet(before);
  }

  async close(): Promise<void> {
    const sets = [...this.#sets.values(), ...(this.#waitingSet === undefined ? [] : [this.#waitingSet])];
    for (const { set } of sets) this.#taken.delete(set.gateway);
    await Promise.all([
      ...sets.map(endSet),
      ...[...this.#waiting.values(), ...this.#taken.values()].map(end),
    ]);
  }
}

async function start({ options, isProxied, isOwn }: WantedGateway): Promise<SharedGateway> {
  const proxy = isProxied ? await FaultProxy.start() : undefined;
  const gateway = await GatewayProcess.start(
    proxy === undefined ? options : { ...options, publicUrl: proxy.url },
  );
  if (proxy !== undefined) proxy.target = gateway.ownUrl;
  if (!isOwn) await gateway.keepData();
  return { gateway, proxy, watched: undefined, isOwn };
}

async function end({ gateway, proxy, watched }: SharedGateway): Promise<void> {
  await watched?.context.close();
  await gateway.dispose();
  await proxy?.stop();
}

async function endSet({ set, shared }: SharedSet): Promise<void> {
  await shared.watched?.context.close();
  await set.close();
}

/** Closes the pages of a context and takes back what a test gave it. */
export async function cleanContext({ context, guards }: WatchedContext, origin: string): Promise<void> {
  const [page, ...others] = context.pages();
  await Promise.all(others.map((other) => other.close()));
  if (page !== undefined) {
    const devtools = await context.newCDPSession(page);
    await devtools.send("Storage.clearDataForOrigin", { origin, storageTypes: "all" });
    await page.close();
  }
  await context.clearCookies();
  await context.clearPermissions();
  await context.setOffline(false);
  guards.startOver();
}

/** What a context cannot be rid of again fails the test that gives it to a shared one. */
export function refuseWhatStays(context: BrowserContext): void {
  const refuse = (): never => {
    throw new Error('This stays with the context, which tests share: say test.use({ own: "context" }).');
  };
  context.clock.install = refuse;
  context.addInitScript = refuse;
  context.exposeBinding = refuse;
  context.exposeFunction = refuse;
  context.route = refuse;
}
