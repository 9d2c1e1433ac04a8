import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import pg from "pg";
import { expect, it, onTestFinished } from "vitest";
import { createAdvisoryLocks, type AdvisoryLocks } from "./advisory-locks.ts";
import { openDatabase } from "./connect.ts";
import { describeOnPostgres, type TestEngine } from "./engines-for-tests.ts";

const ROOM = { timeout: 20_000 };
const PATIENT = { timeout: 15_000 };
const never = new AbortController().signal;

/** Something between a gateway and its PostgreSQL. */
interface Between {
  url: string;
  /** Connections that the gateway has open. */
  open: ReadonlySet<Socket>;
  /** From now on nothing that the gateway sends goes on. */
  stall(): void;
  /** What was kept back goes on. */
  resume(): void;
  /** What is sent with these words in it is answered as an error and does not go on. */
  refuse(words: string): void;
}

async function between(to: string): Promise<Between> {
  const url = new URL(to);
  const port = Number(url.port);
  const open = new Set<Socket>();
  let isStalled = false;
  let words: string | undefined;
  const kept: (() => void)[] = [];
  const server = createServer((incoming) => {
    open.add(incoming);
    const outgoing = connect(port, url.hostname);
    outgoing.pipe(incoming);
    for (const socket of [incoming, outgoing]) socket.on("error", () => socket.destroy());
    const inOrder = (act: () => void) => (isStalled ? kept.push(act) : act());
    incoming.on("data", (chunk: Buffer) => {
      if (words !== undefined && chunk.includes(words)) incoming.write(refusal());
      else inOrder(() => outgoing.write(chunk));
    });
    // The server learns of the end after what was sent before, as from a network that is slow.
    incoming.on("close", () => {
      open.delete(incoming);
      inOrder(() => outgoing.end());
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    for (const socket of open) socket.destroy();
  });
  const address = server.address();
  url.port = String(address !== null && typeof address === "object" ? address.port : 0);
  return {
    url: url.href,
    open,
    stall: () => (isStalled = true),
    resume: () => {
      isStalled = false;
      for (const act of kept.splice(0)) act();
    },
    refuse: (some) => (words = some),
  };
}

/** ErrorResponse and ReadyForQuery (PostgreSQL's protocol 3.0). */
function refusal(): Buffer {
  const fields = Buffer.from("SERROR\0C58000\0Mon purpose\0\0");
  const length = Buffer.alloc(4);
  length.writeInt32BE(fields.byteLength + 4);
  return Buffer.concat([Buffer.from("E"), length, fields, Buffer.from("Z\0\0\0\u0005I", "latin1")]);
}

/** Work that lasts until it is told to end. */
function lasting() {
  let end = () => {};
  let begin = () => {};
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const ended = new Promise<void>((resolve) => (end = resolve));
  return { begun, end: () => end(), run: () => (begin(), ended) };
}

describeOnPostgres("The connection of the locks", (engine: TestEngine) => {
  /** Locks that give up an answer early, behind something that can be told to keep it back; and those of another gateway. */
  async function start(queryTimeout = 1000) {
    const database = await engine.open();
    onTestFinished(database.close);
    const proxy = await between(database.location.url ?? "");
    const clients: pg.Client[] = [];
    const mine = createAdvisoryLocks(async () => {
      const client = new pg.Client({ connectionString: proxy.url, query_timeout: queryTimeout });
      client.on("error", () => undefined);
      await client.connect();
      clients.push(client);
      return client;
    });
    onTestFinished(() => mine.close());
    if (database.locks === undefined) throw new Error("PostgreSQL has locks");
    const theirs: AdvisoryLocks = database.locks;
    const canTake = (key: string) => theirs.hold(key, AbortSignal.timeout(10_000), async () => key);
    return { database, proxy, clients, mine, canTake };
  }

  it(
    "is given up when an answer does not come in time: what the server does later is locked for nobody",
    ROOM,
    async () => {
      const { proxy, clients, mine, canTake } = await start();
      const work = lasting();
      const first = mine.hold("a", never, work.run);
      await work.begun;
      proxy.stall();
      let isBegun = false;
      const second = mine.hold("b", never, async () => (isBegun = true));
      await expect(second).rejects.toMatchObject({ status: 503, nothingDone: true });
      proxy.resume();
      expect(await canTake("b")).toBe("b");
      expect(await canTake("a")).toBe("a");
      work.end();
      await first;
      expect(isBegun).toBe(false);
      expect(await mine.hold("b", never, async () => "again")).toBe("again");
      expect(clients).toHaveLength(2);
    },
  );

  it(
    "is given up when letting go is not confirmed; the result of the work is answered all the same",
    ROOM,
    async () => {
      const { proxy, clients, mine, canTake } = await start();
      const result = await mine.hold("a", never, async () => {
        proxy.refuse("pg_advisory_unlock");
        return "done";
      });
      expect(result).toBe("done");
      expect(await canTake("a")).toBe("a");
      proxy.refuse("nothing of this");
      await mine.hold("a", never, async () => {
        await clients[1]?.query("select pg_advisory_unlock_all()");
      });
      await mine.hold("a", never, async () => undefined);
      expect(clients).toHaveLength(3);
    },
  );

  it("lets go of who waits while it does not answer, and never begins that work", ROOM, async () => {
    const { proxy, clients, mine, canTake } = await start(20_000);
    await mine.hold("a", never, async () => undefined);
    proxy.stall();
    const giveUp = new AbortController();
    let isBegun = false;
    const waiting = mine.hold("a", giveUp.signal, async () => (isBegun = true));
    const reason = new Error("too late");
    giveUp.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    proxy.resume();
    expect(await canTake("a")).toBe("a");
    expect(isBegun).toBe(false);
    expect(clients).toHaveLength(1);
  });

  it("begins no work whose signal is aborted at the moment when the lock is had", ROOM, async () => {
    const { clients, mine, canTake } = await start();
    await mine.hold("a", never, async () => undefined);
    const giveUp = new AbortController();
    const reason = new Error("too late");
    let isBegun = false;
    const waiting = mine.hold("a", giveUp.signal, async () => (isBegun = true));
    // Answered in turn: this is told right behind the lock.
    clients[0]?.once("drain", () => giveUp.abort(reason));
    await expect(waiting).rejects.toBe(reason);
    expect(isBegun).toBe(false);
    expect(await canTake("a")).toBe("a");
  });

  it("is not opened again after the end", ROOM, async () => {
    const { clients, mine } = await start();
    await mine.hold("a", never, async () => undefined);
    await mine.close();
    await expect(mine.hold("a", never, async () => "work")).rejects.toMatchObject({
      status: 503,
      nothingDone: true,
    });
    expect(clients).toHaveLength(1);
  });

  it("does not stay behind when it cannot be made ready", ROOM, async () => {
    const database = await engine.open();
    onTestFinished(database.close);
    const proxy = await between(database.location.url ?? "");
    const gateway = await openDatabase({ ...database.location, url: proxy.url });
    onTestFinished(gateway.close);
    const before = proxy.open.size;
    proxy.refuse("lock_timeout");
    await expect(gateway.locks?.hold("a", never, async () => "work")).rejects.toMatchObject({ status: 503 });
    await expect.poll(() => proxy.open.size, PATIENT).toBe(before);
  });
});
