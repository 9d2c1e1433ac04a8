import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { GatewayProcess } from "#e2e/gateway-process.ts";

/** Whatever is in the files of the gateway's data folder, and in what it printed. */
export async function bytesOf(gateway: GatewayProcess): Promise<Buffer> {
  const files = await readdir(gateway.dataDir, { recursive: true, withFileTypes: true });
  const read = files
    .filter((file) => file.isFile() && file.name !== "management-token")
    .map((file) => readFile(join(file.parentPath, file.name)).catch(() => Buffer.alloc(0)));
  return Buffer.concat([...(await Promise.all(read)), Buffer.from(gateway.log + gateway.output)]);
}
