import { afterAll, beforeAll, expect, test } from "vitest";
import { problemSchema } from "#contract/problem.ts";
import { MANAGEMENT_TOKEN, startTestGateway, type TestGateway } from "#server/gateway-for-tests.ts";

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway.close());

const create = (name: string) => gateway.bearer("POST", "/api/v0/databases", { name });

test("a database that could not be deleted is not made, and the field is named", async () => {
  for (const name of [".", "..", "a\\b", "a\nb", "\u0085", "\u007f", "a/..", "../a", "a/./b", "/.."]) {
    const answer = await create(name);
    const problem = problemSchema.parse(await answer.json());
    expect([name, answer.status, problem.field]).toEqual([name, 400, "name"]);
    expect(problem.message).toMatch(/^name must not /);
  }
});

test("every database that is made can be deleted", async () => {
  const names = [
    "...",
    "a.b",
    ".a",
    "a..b",
    "a/b",
    "/",
    "a//b",
    "a/",
    "100%",
    "%2e%2e",
    "a b",
    " ",
    "?#&+",
    "测试",
  ];
  for (const name of names) {
    expect([name, (await create(name)).status]).toEqual([name, 200]);
    const url = `http://localhost:4600/api/v0/databases/${encodeURIComponent(name)}`;
    const target = new URL(url).pathname;
    const headers = { Authorization: `Bearer ${MANAGEMENT_TOKEN}` };
    const answer = await gateway.send(url, { method: "DELETE", headers }, { target });
    expect([name, answer.status]).toEqual([name, 204]);
  }
  expect(await (await gateway.bearer("GET", "/api/v0/databases")).json()).toEqual([]);
});
