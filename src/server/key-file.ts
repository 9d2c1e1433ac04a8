import { chmod, link, readFile, rm, writeFile } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import { StartError } from "./start-error.ts";

const KEY_BYTES = 32;

/**
 * The key that encrypts what is kept at rest: 32 bytes in base64. Made when the file is absent.
 * Gateways that start at the same moment on one file end up with the same key.
 * Throws StartError when the file can be neither read nor made, or holds something else.
 */
export async function loadKey(source: { file: string } | { value: string }): Promise<Buffer> {
  if ("value" in source) return Buffer.from(source.value, "base64");
  const path = source.file;
  const existing = await readKey(path);
  if (existing !== undefined) return existing;
  const draft = `${path}.${randomBytes(6).toString("hex")}`;
  try {
    await writeFile(draft, `${randomBytes(KEY_BYTES).toString("base64")}\n`, { mode: 0o600, flag: "wx" });
    // link() fails when the name is taken, and the name never points to a half-written file.
    await link(draft, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
    await chmod(path, 0o600);
  } catch (error) {
    throw new StartError(`The key file ${path} cannot be made (${codeOf(error)}).`, { cause: error });
  } finally {
    await rm(draft, { force: true }).catch(() => undefined);
  }
  const made = await readKey(path);
  if (made === undefined) throw new StartError(`The key file ${path} disappeared while starting.`);
  return made;
}

async function readKey(path: string): Promise<Buffer | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw new StartError(`The key file ${path} cannot be read (${codeOf(error)}).`, { cause: error });
  }
  const key = Buffer.from(text.trim(), "base64");
  if (key.length !== KEY_BYTES) {
    throw new StartError(`The key file ${path} does not hold ${KEY_BYTES} bytes in base64.`);
  }
  return key;
}

export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string"
    ? error.code
    : "unknown error";
}
