/** Why a text cannot be kept byte for byte, or undefined when it can. */
export function textFault(text: string): string | undefined {
  // libsql cuts a string at NUL, and every engine turns a lone surrogate into U+FFFD: refused rather than altered.
  if (text.includes("\u0000")) return "must not contain the NUL character";
  if (!text.isWellFormed()) return "must not contain half of a surrogate pair";
  return undefined;
}

const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** UUID by form only: the vendor's own clients send pairs whose version bits are wrong (`1111…`). */
export function isUuid(text: string): boolean {
  return uuidForm.test(text);
}
