import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { type LoadRequest, percentile, runStep } from "./step.ts";

async function against(listener: RequestListener, next: () => LoadRequest | undefined) {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  try {
    return await runStep({ url: `http://127.0.0.1:${String(port)}`, connections: 2, seconds: 30, next });
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

test("tells good answers, those that were shed, and errors apart, and hands over what was wanted", async () => {
  const paths = ["/made", "/shed", "/busy", "/broken", "/made"];
  const bodies: string[] = [];
  const result = await against(
    (request, response) => {
      if (request.url === "/made") response.writeHead(200, { ETag: '"1"' }).end("a body");
      else if (request.url === "/shed") response.writeHead(503, { "Retry-After": "1" }).end();
      else if (request.url === "/busy") response.writeHead(503).end();
      else request.socket.destroy();
    },
    () => {
      const path = paths.shift();
      return path === undefined
        ? undefined
        : {
            method: "GET",
            path,
            headers: {},
            good: [200],
            wantsBody: true,
            onGood: ({ body, etag }) => bodies.push(`${etag ?? ""} ${body.toString()}`),
          };
    },
  );
  expect([result.good, result.shed]).toEqual([2, 1]);
  expect(result.millis).toHaveLength(2);
  expect(bodies).toEqual(['"1" a body', '"1" a body']);
  // A 503 that does not say when to come again is no shedding.
  expect(result.errors.get("status 503")).toBe(1);
  expect([...result.errors.values()].reduce((sum, one) => sum + one, 0)).toBe(2);
});

test("a percentile is the smallest value that so many do not exceed", () => {
  const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
  expect([0.5, 0.99, 1].map((share) => percentile(hundred, share))).toEqual([50, 99, 100]);
  expect(percentile([7], 0.99)).toBe(7);
  expect(percentile([], 0.5)).toBeNaN();
});
