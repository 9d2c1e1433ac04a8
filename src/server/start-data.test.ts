import { afterEach, expect, test, vi } from "vitest";
import * as z from "zod/mini";
import { startDataSchema, type StartData } from "#contract/start-data-schema.ts";
import { cookieOf, MANAGEMENT, startTestGateway, type TestGateway } from "./gateway-for-tests.ts";
import type { Pages } from "./gateway.ts";
import { startDataBlock } from "./start-data.ts";

const page = '<!doctype html><meta charset="utf-8" /><!--tokenward-start--><script src="/theme.js"></script>';
const pages: Pages = { answer: async () => ({ html: page }) };
let gateway: TestGateway;
afterEach(() => gateway.close());

const open = async (cookie?: string) => {
  const answer = await gateway.send("/clusters/own/database-tokens", {
    headers: cookie === undefined ? {} : { Cookie: cookie },
  });
  expect([answer.status, answer.headers.get("Cache-Control")]).toEqual([200, "no-store"]);
  return answer.text();
};
const blockPattern = /<script type="application\/json" id="tokenward-start">([^<]*)<\/script>/;
const dataOf = (html: string): StartData =>
  startDataSchema.parse(JSON.parse(blockPattern.exec(html)?.[1] ?? ""));
const json = async (path: string, cookie: string): Promise<unknown> =>
  (await gateway.page("GET", path, { cookie })).json();

test("the page says who is signed in and which clusters there are, as the API would", async () => {
  gateway = await startTestGateway({ pages });
  const cookie = await gateway.signIn();
  const html = await open(cookie);
  expect(html).toMatch(/^<!doctype html><meta charset="utf-8" \/><script type="application\/json"/);
  expect(html.match(/tokenward-start/g)).toHaveLength(1);
  const data = dataOf(html);
  // The API's own answers would keep the session awake: the page's has not.
  const headers = { "X-Tokenward-Request": "background" };
  expect(data.session).toEqual(await (await gateway.page("GET", "/api/session", { cookie, headers })).json());
  expect(data.clusters).toEqual(
    await (await gateway.page("GET", "/api/clusters", { cookie, headers })).json(),
  );
});

test("opening a page does not keep a session awake", async () => {
  gateway = await startTestGateway({ pages });
  const cookie = await gateway.signIn();
  const ends = z.looseObject({ idleEndsAt: z.string() }).parse(await json("/api/session", cookie)).idleEndsAt;
  gateway.pass(60_000);
  expect(dataOf(await open(cookie)).session).toMatchObject({ signedIn: true, idleEndsAt: ends });
  gateway.pass(15 * 60_000);
  expect(dataOf(await open(cookie))).toEqual({ session: { signedIn: false } });
});

test("nobody is told about clusters before signing in", async () => {
  gateway = await startTestGateway({ pages });
  expect(dataOf(await open())).toEqual({ session: { signedIn: false } });
  expect(dataOf(await open("tokenward_4600=nonsense"))).toEqual({ session: { signedIn: false } });
});

test("18. no text can end the block, and what is read is what was written", () => {
  for (const label of [
    "</script><script>alert(1)</script>",
    "<!--",
    "<!--<script>",
    "]]>",
    "&lt;",
    "\u2028\u2029",
    "$& $1",
  ]) {
    const actor = { kind: "link" as const, label };
    const at = "2030-01-01T00:00:00Z";
    const data: StartData = {
      session: { signedIn: true, actor, now: at, idleEndsAt: at, absoluteEndsAt: at },
    };
    const block = startDataBlock(data);
    expect(block.match(/[<>&\u2028\u2029]/g)?.join("")).toBe("<><>");
    expect(dataOf(block)).toEqual(data);
  }
});

test("a hostile description of the token that signed in stays text in the page", async () => {
  gateway = await startTestGateway({ pages });
  const description = "</script><!--<script>$'alert(1)";
  const made = z
    .looseObject({ accessToken: z.string() })
    .parse(await (await gateway.bearer("POST", MANAGEMENT, { description })).json());
  const body = { method: "management_token", managementToken: made.accessToken };
  const cookie = cookieOf(await gateway.page("POST", "/api/session", { body }));
  const html = await open(cookie);
  expect(html.match(/<\/script>/g)).toHaveLength(2);
  expect(html).not.toContain("<!--");
  expect(html).not.toContain(made.accessToken);
  expect(dataOf(html).session).toMatchObject({ actor: { label: description } });
});

test("without its place in the page nothing is inserted", async () => {
  const plain: Pages = { answer: async () => ({ html: "<!doctype html><p>$&" }) };
  gateway = await startTestGateway({ pages: plain });
  expect(await open()).toBe("<!doctype html><p>$&");
});

test("a store that is down, or does not answer, does not keep the page away", async () => {
  gateway = await startTestGateway({ pages });
  const cookie = await gateway.signIn();
  const bare = page.replace("<!--tokenward-start-->", "");
  const find = vi.spyOn(gateway.database.db, "selectFrom");
  find.mockImplementation(() => {
    throw Object.assign(new Error("disk I/O error"), { code: "SQLITE_IOERR" });
  });
  expect(await open(cookie)).toBe(bare);
  expect(gateway.logLines.join("")).toContain("no start data: unavailable");
  find.mockRestore();

  const authenticate = vi.spyOn(gateway.options.clusters.main.service, "authenticate");
  authenticate.mockReturnValue(new Promise(() => undefined));
  expect(await open(cookie)).toBe(bare);
});
