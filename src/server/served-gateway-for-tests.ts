import type { TestCertificate } from "./certificate-for-tests.ts";
import { startTestGateway, type TestGateway, type TestGatewayOptions } from "./gateway-for-tests.ts";
import { createLog } from "./log.ts";
import { listen } from "./node-http.ts";

export interface ServedGateway {
  gateway: TestGateway;
  /** Scheme, host and port where it listens. */
  url: string;
  /** Method and path of what arrived, in order. */
  requests: string[];
  close(): Promise<void>;
}

/** A whole gateway behind a real socket, for services that have one as their upstream and for clients of others. */
export async function serveTestGateway(
  options: { tls?: TestCertificate } & Pick<TestGatewayOptions, "clusters" | "engine"> = {},
): Promise<ServedGateway> {
  const { tls, ...changes } = options;
  const http = await listen({ host: "127.0.0.1", port: 0, tls });
  const url = `${tls === undefined ? "http" : "https"}://localhost:${http.port}`;
  const gateway = await startTestGateway({ ...changes, publicUrl: url });
  const requests: string[] = [];
  http.serve(
    (request, connection) => {
      requests.push(`${request.method} ${new URL(request.url).pathname}`);
      return gateway.app.hono.fetch(request, connection);
    },
    { secure: tls !== undefined, log: createLog(() => undefined, gateway.clock) },
  );
  return {
    gateway,
    url,
    requests,
    async close() {
      await http.close(0);
      await gateway.close();
    },
  };
}
