import { randomBytes } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { codeOf } from "./key-file.ts";
import { StartError } from "./start-error.ts";

/**
 * Puts a secret into a file that only its owner can read, in place of whatever stood there. When it returns the
 * secret is on disk; when it throws StartError, what was there before still is.
 */
export async function writeSecretFile(path: string, secret: string): Promise<void> {
  // Not into the existing file: that one keeps its mode, and is half written for a moment.
  const draft = `${path}.${randomBytes(6).toString("hex")}`;
  try {
    const handle = await open(draft, "wx", 0o600);
    try {
      await handle.chmod(0o600);
      await handle.writeFile(`${secret}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, path);
    await syncDirectory(dirname(path));
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    throw new StartError(`The file ${path} cannot be written (${codeOf(error)}).`, { cause: error });
  }
}

/** The new name is on disk only after this. Not every file system lets a directory be opened; then it must do without. */
async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path).catch(() => undefined);
  try {
    await handle?.sync().catch(() => undefined);
  } finally {
    await handle?.close();
  }
}
