import { once } from "node:events";
import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { describeOnEachEngine, type TestDatabase } from "#server/database/engines-for-tests.ts";
import { createLog } from "#server/log.ts";
import { StartError } from "#server/start-error.ts";
import { activityRow, addToRecord } from "./record-for-tests.ts";
import { fileTarget } from "./shipping-file.ts";
import { type Shipping, type ShippingTarget, startShipping } from "./shipping.ts";
import { webhookTarget } from "./shipping-webhook.ts";
import { readShippedLine } from "./shipped-row.ts";

const TOKEN = "canary-webhook-token";

type Handler = (request: IncomingMessage, answer: ServerResponse) => unknown;

/** Somebody who gets rows, and answers as the test says. */
class Receiver {
  handle: Handler = (_, answer) => answer.writeHead(204).end();
  /** Numbers of the rows of each request, in the order of their coming. */
  readonly requests: number[][] = [];
  readonly headers: IncomingMessage["headers"][] = [];
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, answer) => void this.#receive(request, answer));
  }

  async #receive(request: IncomingMessage, answer: ServerResponse): Promise<void> {
    const lines = (await text(request)).split("\n").filter((line) => line !== "");
    this.requests.push(lines.map(seqOf));
    this.headers.push(request.headers);
    this.handle(request, answer);
  }

  async listen(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/canary-path`;
  }

  get seqs(): number[] {
    return this.requests.flat();
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

function seqOf(line: string): number {
  const row = readShippedLine(line);
  if (row?.isWhole !== true) throw new Error(`no row: ${line}`);
  return row.seq;
}

function until(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

describeOnEachEngine("Shipping", (engine) => {
  let database: TestDatabase;
  let running: Shipping[];
  let logLines: string[];
  /** Pauses of whoever waits, in milliseconds, and how each goes on. */
  let pauses: { millis: number; end: () => void }[];

  beforeEach(async () => {
    database = await engine.open();
    [running, logLines, pauses] = [[], [], []];
  });
  afterEach(async () => {
    await Promise.all(running.map((shipping) => shipping.stop()));
    await database.close();
  });

  const record = (count: number) =>
    addToRecord(
      database.db,
      until(count).map((index) => activityRow({ request_id: `${index}` })),
    );
  const start = (target: ShippingTarget, { db, locks } = database as Pick<TestDatabase, "db" | "locks">) => {
    const shipping = startShipping(target, {
      db,
      locks,
      log: createLog(
        (line) => logLines.push(line),
        () => 0,
      ),
      pause: (millis, signal) =>
        new Promise((resolve) => {
          pauses.push({ millis, end: resolve });
          signal.addEventListener("abort", () => resolve());
          if (signal.aborted) resolve();
        }),
    });
    running.push(shipping);
    return shipping;
  };
  const goOn = async (count: number) => {
    await expect.poll(() => pauses.length).toBe(count);
    pauses.at(-1)?.end();
  };
  const cursor = async () =>
    (await database.db.selectFrom("activity_cursors").select("seq").execute()).map(({ seq }) => seq);
  const receive = async () => {
    const receiver = new Receiver();
    const url = await receiver.listen();
    onTestFinished(() => receiver.close());
    const webhook = (deadline?: number) =>
      webhookTarget({ url, token: TOKEN, ...(deadline === undefined ? {} : { deadline }) });
    return { receiver, webhook };
  };
  const directory = () => {
    const made = mkdtempSync(join(tmpdir(), "tokenward-shipping-"));
    onTestFinished(() => rmSync(made, { recursive: true, force: true }));
    return made;
  };
  const seqsIn = (file: string) =>
    readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map(seqOf);

  test("a webhook gets all rows in their order, then what comes, with its token", async () => {
    await record(450);
    const { receiver, webhook } = await receive();
    const shipping = start(webhook());
    await expect.poll(() => receiver.seqs.length).toBe(450);
    expect(receiver.seqs).toEqual(until(450));
    await expect.poll(cursor).toEqual([450]);
    await record(1);
    shipping.wake();
    await expect.poll(() => receiver.seqs.at(-1)).toBe(451);
    expect(receiver.headers[0]).toMatchObject({
      authorization: `Bearer ${TOKEN}`,
      "content-type": "application/x-ndjson; charset=utf-8",
    });
    expect(receiver.requests.length).toBeLessThan(6);
  });

  test("a webhook that fails, hangs, sends elsewhere and comes back loses nothing", async () => {
    await record(3);
    const { receiver, webhook } = await receive();
    const behaviours: Handler[] = [
      (_, answer) => answer.writeHead(500).end("canary-path"),
      (_, answer) => answer.writeHead(307, { Location: "/elsewhere" }).end(),
      () => undefined,
      (request) => request.socket.destroy(),
      (_, answer) => answer.writeHead(429).end(),
    ];
    receiver.handle = (request, answer) => {
      const behave =
        behaviours.shift() ?? ((_: IncomingMessage, last: ServerResponse) => last.writeHead(200).end("ok"));
      behave(request, answer);
    };
    start(webhook(300));
    for (const failures of [1, 2, 3, 4, 5]) {
      await expect.poll(() => pauses.length, { timeout: 5000 }).toBe(failures);
      expect(await cursor()).toEqual([]);
      pauses.at(-1)?.end();
    }
    await expect.poll(cursor).toEqual([3]);
    expect(receiver.requests).toEqual(Array.from({ length: 6 }, () => [1, 2, 3]));
    // Each pause twice as long as the one before.
    expect(pauses.slice(0, 5).map(({ millis }) => millis)).toEqual([1000, 2000, 4000, 8000, 16_000]);
    // Said after the cursor was advanced.
    await expect.poll(() => logLines.join("")).toContain("activity is shipped again");
    const words = logLines.join("");
    expect(words.match(/activity not shipped/g)).toHaveLength(5);
    expect(words).toContain("it answered 500");
    expect(words).not.toContain("canary");
  });

  test("what was sent but not noted before a kill is sent again", async () => {
    await record(2);
    const { receiver, webhook } = await receive();
    const target = webhook();
    // As a kill at that moment: what was sent has arrived, and nothing follows.
    const killed = start({
      ...target,
      send: async (...args) => {
        await target.send(...args);
        throw new Error("killed");
      },
    });
    await expect.poll(() => receiver.requests.length).toBe(1);
    await killed.stop();
    expect(await cursor()).toEqual([]);
    start(webhook());
    await expect.poll(cursor).toEqual([2]);
    expect(receiver.requests).toEqual([
      [1, 2],
      [1, 2],
    ]);
  });

  test("stopping hands over what there is, and does not wait for a target that is down", async () => {
    const { receiver, webhook } = await receive();
    const shipping = start(webhook());
    await expect.poll(() => pauses.length).toBe(1);
    await record(1);
    await shipping.stop();
    expect(receiver.seqs).toEqual([1]);
    receiver.handle = (_, answer) => answer.writeHead(500).end();
    const failing = start(webhook());
    await record(1);
    await expect.poll(() => pauses.length).toBeGreaterThan(1);
    failing.wake();
    await expect.poll(() => logLines.length).toBeGreaterThan(0);
    await failing.stop();
    expect(await cursor()).toEqual([1]);
  });

  test("a file is its owner's alone, and goes on after its last whole line without repeating one", async () => {
    await record(3);
    const path = join(directory(), "activity.jsonl");
    await start(fileTarget(path)).stop();
    expect(seqsIn(path)).toEqual(until(3));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    // Killed between the file and the cursor, in the middle of a line.
    await database.db.updateTable("activity_cursors").set({ seq: 1 }).execute();
    appendFileSync(path, '{"seq":4,"at":"2030');
    await record(2);
    await start(fileTarget(path)).stop();
    expect(seqsIn(path)).toEqual(until(5));
    expect(await cursor()).toEqual([5]);
    // The file lost its end, which the cursor knows nothing of.
    const lines = readFileSync(path, "utf8").split("\n");
    writeFileSync(path, `${lines.slice(0, 2).join("\n")}\n${lines[2]?.slice(0, 20)}`);
    await start(fileTarget(path)).stop();
    expect(seqsIn(path)).toEqual(until(5));
  });

  test("a file that was moved away is followed by one that goes on where it ended", async () => {
    const path = join(directory(), "activity.jsonl");
    const shipping = start(fileTarget(path));
    for (const round of [1, 2]) {
      await record(2);
      shipping.wake();
      await expect.poll(cursor).toEqual([2 * round]);
      renameSync(path, `${path}.${round}`);
    }
    expect([seqsIn(`${path}.1`), seqsIn(`${path}.2`)]).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  test("a file that cannot be written is tried again; one of another kind is not begun with", async () => {
    const place = directory();
    const path = join(place, "activity.jsonl");
    await record(1);
    // Nobody can write where a directory is, root included.
    const target = fileTarget(join(place, "later", "activity.jsonl"));
    start(target);
    await goOn(1);
    await expect.poll(() => pauses.length).toBe(2);
    expect(logLines.join("")).toContain("ENOENT");
    expect(await cursor()).toEqual([]);
    writeFileSync(path, "something else\n");
    await expect(fileTarget(path).check()).rejects.toThrow(StartError);
    await expect(fileTarget(path).check()).rejects.toThrow("no row of an activity record");
    await expect(fileTarget(place).check()).rejects.toThrow("EISDIR");
    expect(readFileSync(path, "utf8")).toBe("something else\n");
  });

  test("a database that was put back goes on with what it has, and the log says so", async () => {
    await record(3);
    const path = join(directory(), "activity.jsonl");
    await start(fileTarget(path)).stop();
    const [first = "", second = "", third = ""] = readFileSync(path, "utf8").split("\n");
    const forged = second.replace(/"hash":"./, '"hash":"x');
    writeFileSync(path, `${[first, forged].join("\n")}\n`);
    await record(1);
    await start(fileTarget(path)).stop();
    expect(logLines.join("")).toContain("not in the record");
    const lines = readFileSync(path, "utf8").split("\n");
    expect(lines.slice(0, 2)).toEqual([first, forged]);
    expect(lines.slice(2, -1).map(seqOf)).toEqual([4]);
    expect(third).not.toBe("");
  });

  // Several gateways have no other database than that.
  test.each(engine.name === "postgres" ? [2] : [])(
    "of %i gateways one ships at a time, and the other goes on when it is gone",
    async () => {
      const other = await database.openAgain();
      try {
        await record(250);
        const { receiver, webhook } = await receive();
        const held: ServerResponse[] = [];
        receiver.handle = (_, answer) => held.push(answer);
        const one = start(webhook());
        const two = start(webhook(), other);
        await expect.poll(() => held.length).toBe(1);
        // The other one asks for its turn all the time, and does not get it.
        await expect.poll(async () => receiver.requests.length, { interval: 200 }).toBe(1);
        receiver.handle = (_, answer) => answer.writeHead(204).end();
        held[0]?.writeHead(204).end();
        await expect.poll(() => receiver.seqs.length).toBe(250);
        expect(receiver.seqs).toEqual(until(250));
        await one.stop();
        await record(1);
        two.wake();
        await expect.poll(() => receiver.seqs.length).toBe(251);
        expect(receiver.seqs).toEqual(until(251));
      } finally {
        await Promise.all(running.map((shipping) => shipping.stop()));
        await other.close();
      }
    },
  );
});
