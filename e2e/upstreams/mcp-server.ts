import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import * as z from "zod/mini";

/** What a tool answers: one text for people, and whether it is a failure. */
export interface ToolAnswer {
  text: string;
  isError: boolean;
}

/** The vendor's MCP server, unchanged, in a process of its own. */
export interface VendorMcpServer {
  /** The process that is to be gone after close(). */
  pid: number;
  tools(): Promise<string[]>;
  call(tool: string, args?: Record<string, unknown>): Promise<ToolAnswer>;
  /** All that came out of it so far, on both streams. */
  said(): string;
  close(): Promise<void>;
}

const answerSchema = z.object({
  isError: z.optional(z.boolean()),
  content: z.array(z.object({ type: z.literal("text"), text: z.string() })),
});

/** Set to Clustered, which is the one of its products with a management API at an address of one's own. */
export async function startVendorMcpServer(settings: {
  url: string;
  managementToken: string;
}): Promise<VendorMcpServer> {
  const script = createRequire(import.meta.url).resolve("@influxdata/influxdb3-mcp-server");
  const guard = fileURLToPath(new URL("loopback-only.mjs", import.meta.url));
  // It reads a file .env of the folder that it runs in.
  const folder = await mkdtemp(join(tmpdir(), "tokenward-mcp-"));
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: ["--import", guard, script],
    cwd: folder,
    stderr: "pipe",
    env: {
      INFLUX_DB_PRODUCT_TYPE: "clustered",
      INFLUX_DB_INSTANCE_URL: settings.url,
      INFLUX_DB_MANAGEMENT_TOKEN: settings.managementToken,
    },
  });
  const said: string[] = [];
  transport.stderr?.on("data", (chunk: Buffer) => said.push(chunk.toString()));
  const client = new Client({ name: "tokenward-tests", version: "0" });
  const end = async () => {
    await client.close();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await client.connect(transport);
  } catch (error) {
    await end();
    throw error;
  }
  const { pid } = transport;
  if (pid === null) throw new Error("The MCP server has no process.");
  return {
    pid,
    tools: async () => (await client.listTools()).tools.map(({ name }) => name),
    async call(tool, args = {}) {
      const { isError = false, content } = answerSchema.parse(
        await client.callTool({ name: tool, arguments: args }),
      );
      const text = content.map((part) => part.text).join("\n");
      said.push(text);
      return { text, isError };
    },
    said: () => said.join("\n"),
    close: end,
  };
}
