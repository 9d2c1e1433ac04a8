import * as z from "zod/mini";

/** Why a text cannot be kept byte for byte, or undefined when it can. */
export function textFault(text: string): string | undefined {
  // libsql cuts a string at NUL, and every engine turns a lone surrogate into U+FFFD: refused rather than altered.
  if (text.includes("\u0000")) return "must not contain the NUL character";
  if (!text.isWellFormed()) return "must not contain half of a surrogate pair";
  return undefined;
}

/** A string that survives storage and transport unchanged. */
export const textSchema = z.string().check((context) => {
  const fault = textFault(context.value);
  if (fault !== undefined) context.issues.push({ code: "custom", message: fault, input: context.value });
});

const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** UUID by form only: the vendor's own clients send pairs whose version bits are wrong (`1111…`). */
export function isUuid(text: string): boolean {
  return uuidForm.test(text);
}
