import { createPublicKey, verify, type JsonWebKey } from "node:crypto";
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import * as z from "zod/mini";

/** An InfluxDB Clustered that takes JWTs of an identity provider: it looks at them, and lets through to another cluster. */
export interface JwtDoor {
  url: string;
  /** Method, path and outcome of what came, in order. */
  requests: { method: string; path: string; status: number; authorization: string }[];
  /** Knows nothing any more of what came: another test goes on with it. */
  startOver(): void;
  close(): Promise<void>;
}

const claimsSchema = z.object({
  iss: z.string(),
  aud: z.string(),
  exp: z.number(),
  role: z.string(),
});
const keysSchema = z.object({ keys: z.array(z.looseObject({ kid: z.string() })) });

/** `behind`: a gateway whose own cluster is the one behind the door, and its management token. */
export async function startJwtDoor(options: {
  issuer: string;
  audience: string;
  behind: { url: string; managementToken: string };
}): Promise<JwtDoor> {
  const { issuer, audience, behind } = options;

  async function claimsOf(authorization: string): Promise<z.infer<typeof claimsSchema> | undefined> {
    const [, head = "", body = "", signature = ""] =
      /^Bearer ([\w-]+)\.([\w-]+)\.([\w-]+)$/.exec(authorization) ?? [];
    if (signature === "") return undefined;
    const json = (part: string): unknown => JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    const header = z.object({ alg: z.literal("RS256"), kid: z.string() }).safeParse(json(head));
    if (!header.success) return undefined;
    const { keys } = keysSchema.parse(await (await fetch(`${issuer}/jwks`)).json());
    const jwk = keys.find(({ kid }) => kid === header.data.kid);
    if (jwk === undefined) return undefined;
    const key = createPublicKey({ key: jwk as JsonWebKey, format: "jwk" });
    const isSigned = verify(
      "sha256",
      Buffer.from(`${head}.${body}`),
      key,
      Buffer.from(signature, "base64url"),
    );
    const claims = claimsSchema.safeParse(json(body));
    if (!isSigned || !claims.success) return undefined;
    const { iss, aud, exp } = claims.data;
    return iss === issuer && aud === audience && exp * 1000 > Date.now() ? claims.data : undefined;
  }

  const requests: JwtDoor["requests"] = [];
  async function handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method = "", url: path = "" } = incoming;
    const { authorization = "" } = incoming.headers;
    const note = (status: number) => requests.push({ method, path, status, authorization });
    const refuse = (status: number, message: string) => {
      note(status);
      outgoing
        .writeHead(status, { "Content-Type": "application/json" })
        .end(JSON.stringify({ code: status, message }));
    };
    const claims = await claimsOf(authorization);
    if (claims === undefined) return refuse(401, "unauthorized access");
    if (method !== "GET" && claims.role === "reader") {
      return refuse(403, "user does not have the permission to change tokens");
    }
    const { "content-type": type, "content-length": length } = incoming.headers;
    const onward = httpRequest(new URL(path, behind.url), {
      method,
      agent: false,
      headers: {
        Authorization: `Bearer ${behind.managementToken}`,
        Accept: "application/json",
        ...(type === undefined ? {} : { "Content-Type": type }),
        ...(length === undefined ? {} : { "Content-Length": length }),
      },
    });
    onward.on("response", (answer) => {
      note(answer.statusCode ?? 0);
      outgoing.writeHead(answer.statusCode ?? 502, {
        "Content-Type": answer.headers["content-type"] ?? "application/json",
      });
      answer.pipe(outgoing);
    });
    onward.on("error", () => refuse(502, "the cluster behind the door is gone"));
    incoming.pipe(onward);
  }

  const server = createServer((incoming, outgoing) => void handle(incoming, outgoing));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://localhost:${port}`,
    requests,
    startOver: () => void (requests.length = 0),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
