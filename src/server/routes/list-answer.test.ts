import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as z from "zod/mini";
import { tokenChangesSchema } from "#contract/list-changes-schema.ts";
import { TOKEN_COLUMNS } from "#contract/token-columns.ts";
import { rowsOfParts } from "#server/services/list-for-tests.ts";
import {
  createdBy,
  LONG,
  MANAGEMENT,
  startTestGateway,
  type TestGateway,
} from "#server/gateway-for-tests.ts";

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway();
  for (const description of ["one", "two"]) await create(description);
});
afterAll(() => gateway.close());

const create = async (description: string) =>
  createdBy(await gateway.bearer("POST", `${LONG}/tokens`, { description }));
const get = (path: string, headers: Record<string, string> = {}) =>
  gateway.bearer("GET", path, undefined, headers);
const idsOf = (rows: unknown) =>
  z
    .array(z.looseObject({ id: z.string() }))
    .parse(rows)
    .map(({ id }) => id);

for (const path of [`${LONG}/tokens`, "/api/v0/tokens", MANAGEMENT]) {
  test(`who holds the list of ${path} is answered 304, with its validator and no body`, async () => {
    const whole = await get(path);
    const tag = whole.headers.get("ETag") ?? "";
    expect([whole.status, whole.headers.get("Cache-Control")]).toEqual([200, "no-store"]);
    expect(tag).toMatch(/^W\/"[\w-]+"$/);
    for (const held of [tag, tag.slice(2), `"x", ${tag}`, "*"]) {
      const same = await get(path, { "If-None-Match": held });
      expect([held, same.status, same.headers.get("ETag"), await same.text()]).toEqual([held, 304, tag, ""]);
      expect(same.headers.get("Cache-Control")).toBe("no-store");
    }
    const create = path === MANAGEMENT ? MANAGEMENT : "/api/v0/tokens";
    expect((await gateway.bearer("POST", create, { description: "another" })).status).toBe(200);
    const changed = await get(path, { "If-None-Match": tag });
    expect(changed.status).toBe(200);
    expect(changed.headers.get("ETag")).not.toBe(tag);
    expect(await changed.text()).toContain('"another"');
  });
}

test("what changed travels alone, to who asks for that and holds what the gateway knows", async () => {
  const path = `${LONG}/tokens`;
  const held = (await get(path)).headers.get("ETag") ?? "";
  const { id } = await create("new");
  const ask = (headers: Record<string, string>) => get(path, { "If-None-Match": held, ...headers });

  const changes = await ask({ "A-IM": "tokenward-changes" });
  expect([changes.status, changes.headers.get("IM"), changes.headers.get("Delta-Base")]).toEqual([
    226,
    "tokenward-changes",
    held,
  ]);
  expect(changes.headers.get("Content-Type")).toBe("application/json; charset=utf-8");
  const body = tokenChangesSchema.parse(await changes.json());
  expect([idsOf(body.changed), body.removed]).toEqual([[id], []]);
  expect(changes.headers.get("ETag")).toBe((await get(path)).headers.get("ETag"));
  const packed = await ask({ "A-IM": "gzip, Tokenward-Changes;q=1", "Accept-Encoding": "gzip" });
  expect(packed.headers.get("Content-Encoding")).toBe("gzip");
  expect(JSON.parse(gunzipSync(await packed.arrayBuffer()).toString())).toEqual(body);

  for (const headers of [
    {},
    { "A-IM": "gzip" },
    { "A-IM": "tokenward-changes", "If-None-Match": 'W/"other-1"' },
  ]) {
    const whole = await ask(headers);
    expect([whole.status, whole.headers.get("IM"), idsOf(await whole.json()).includes(id)]).toEqual([
      200,
      null,
      true,
    ]);
  }
  const same = await get(path, {
    "If-None-Match": changes.headers.get("ETag") ?? "",
    "A-IM": "tokenward-changes",
  });
  expect(same.status).toBe(304);
});

test("who prefers short rows gets the same list without account and cluster, whole or as a difference", async () => {
  const path = `${LONG}/tokens`;
  const short = { Prefer: "respond-async, Tokenward-Short-Rows; x=1" };
  const before = await get(path);
  const rows = z.array(z.looseObject({ clusterId: z.string() })).parse(await before.json());
  const wanted = rows.map(({ accountId: _account, clusterId: _cluster, ...row }) => row);
  const answer = await get(path, short);
  expect([answer.status, answer.headers.get("Preference-Applied")]).toEqual([200, "tokenward-short-rows"]);
  expect(await answer.json()).toEqual(wanted);
  expect(before.headers.get("Preference-Applied")).toBeNull();

  const held = answer.headers.get("ETag") ?? "";
  expect((await get(path, { ...short, "If-None-Match": held })).status).toBe(304);
  const { id } = await create("newer");
  const changes = await get(path, { ...short, "If-None-Match": held, "A-IM": "tokenward-changes" });
  const { changed } = tokenChangesSchema.parse(await changes.json());
  expect([changes.status, idsOf(changed), changed.some((row) => "clusterId" in row)]).toEqual([
    226,
    [id],
    false,
  ]);
});

test("who takes columns gets the same list in parts, and what changed in rows; who refuses them gets rows", async () => {
  const path = `${LONG}/tokens`;
  const columns = { Accept: `${TOKEN_COLUMNS}, application/json` };
  const rows: unknown = await (await get(path, { Prefer: "tokenward-short-rows" })).json();
  const answer = await get(path, columns);
  expect([answer.status, answer.headers.get("Content-Type")]).toEqual([200, TOKEN_COLUMNS]);
  const body: unknown = await answer.json();
  expect(rowsOfParts(body)).toEqual(rows);
  const packed = await get(path, { ...columns, "Accept-Encoding": "gzip" });
  expect(JSON.parse(gunzipSync(await packed.arrayBuffer()).toString())).toEqual(body);
  expect(rowsOfParts(await (await get("/api/v0/tokens", columns)).json())).toEqual(rows);

  const held = answer.headers.get("ETag") ?? "";
  expect((await get(path, { ...columns, "If-None-Match": held })).status).toBe(304);
  const { id } = await create("newest");
  const changes = await get(path, { ...columns, "If-None-Match": held, "A-IM": "tokenward-changes" });
  expect([changes.status, changes.headers.get("Content-Type")]).toEqual([
    226,
    "application/json; charset=utf-8",
  ]);
  expect(idsOf(tokenChangesSchema.parse(await changes.json()).changed)).toEqual([id]);

  for (const Accept of ["application/json", "*/*", `${TOKEN_COLUMNS};q=0`]) {
    const inRows = await get(path, { Accept });
    expect(inRows.headers.get("Content-Type")).toBe("application/json; charset=utf-8");
    expect(idsOf(await inRows.json())).toContain(id);
  }
});

test("the list is the same with gzip and without, and HEAD has its headers", async () => {
  for (const path of [`${LONG}/tokens`, "/api/v0/tokens"]) {
    const plain = await get(path);
    const packed = await get(path, { "Accept-Encoding": "br, gzip" });
    expect([plain.headers.get("Content-Encoding"), packed.headers.get("Content-Encoding")]).toEqual([
      null,
      "gzip",
    ]);
    expect(packed.headers.get("ETag")).toBe(plain.headers.get("ETag"));
    expect(plain.headers.get("Vary")).toBe("Accept, Accept-Encoding, A-IM, Prefer");
    expect(gunzipSync(await packed.arrayBuffer()).toString()).toBe(await plain.text());
    const head = await gateway.bearer("HEAD", path);
    expect([
      head.status,
      head.headers.get("ETag"),
      head.headers.get("Content-Type"),
      await head.text(),
    ]).toEqual([200, plain.headers.get("ETag"), "application/json; charset=utf-8", ""]);
  }
});
