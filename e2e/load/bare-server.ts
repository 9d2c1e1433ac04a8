import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

export interface StartedServer {
  url: string;
  pid: number;
  stop: () => Promise<void>;
}

const PROGRAM = `
  const server = require("node:http").createServer((request, response) => response.writeHead(304).end());
  server.listen(0, "127.0.0.1", () => process.stdout.write(String(server.address().port)));
`;

/**
 * Node's HTTP server that answers 304 to whatever comes, in a process of its own: what the machine can do at the best, in
 * the same minute, with the same generator.
 */
export async function startBareServer(): Promise<StartedServer> {
  const child = spawn(process.execPath, ["-e", PROGRAM], { stdio: ["ignore", "pipe", "inherit"] });
  const [port] = await Promise.race([once(child.stdout, "data"), failed(child)]);
  return {
    url: `http://127.0.0.1:${String(port)}`,
    pid: child.pid ?? 0,
    async stop() {
      const ended = once(child, "exit");
      child.kill();
      await ended;
    },
  };
}

async function failed(child: ChildProcess): Promise<never> {
  const [code] = await once(child, "exit");
  throw new Error(`The server to compare with ended (${String(code)}) before it listened.`);
}
