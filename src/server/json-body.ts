import * as z from "zod/mini";
import { textFault } from "#contract/text.ts";
import { ApiError } from "./api-error.ts";

export const MAX_BODY_BYTES = 1_000_000;
const MAX_DEPTH = 32;

/** The whole body, or 413 as soon as it is known to be too large. `limit` is in bytes, whole megabytes of them. */
export async function readBody(request: Request, limit = MAX_BODY_BYTES): Promise<Uint8Array> {
  const tooLarge = () => new ApiError(413, "too_large", `The body is larger than ${limit / 1_000_000} MB.`);
  if (Number(request.headers.get("Content-Length") ?? 0) > limit) throw tooLarge();
  if (request.body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body) {
    size += chunk.byteLength;
    if (size > limit) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** JSON that is safe to handle: bounded depth, text that storage keeps, no `__proto__`. Throws 400. */
export function parseJson(bytes: Uint8Array): unknown {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new ApiError(400, "invalid_request", "The body is not valid UTF-8.");
  }
  refuseDeepNesting(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ApiError(400, "invalid_request", "The body is not valid JSON.");
  }
  refuseBadText(value, "");
  return value;
}

/** Before JSON.parse, which would build the whole tower first. */
function refuseDeepNesting(text: string): void {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (inString) {
      if (char === 0x5c) at++;
      else if (char === 0x22) inString = false;
    } else if (char === 0x22) inString = true;
    else if (char === 0x5b || char === 0x7b) {
      if (++depth > MAX_DEPTH) {
        throw new ApiError(400, "invalid_request", `The body is nested more than ${MAX_DEPTH} levels deep.`);
      }
    } else if (char === 0x5d || char === 0x7d) depth--;
  }
}

function refuseBadText(value: unknown, field: string): void {
  if (typeof value === "string") {
    const fault = textFault(value);
    if (fault !== undefined) throw invalidField(field, fault);
  } else if (Array.isArray(value)) {
    value.forEach((item, index) => refuseBadText(item, `${field}[${index}]`));
  } else if (typeof value === "object" && value !== null) {
    // An own key of this name would become the prototype of whatever the object is copied into.
    Reflect.deleteProperty(value, "__proto__");
    for (const [key, item] of Object.entries(value)) {
      if (textFault(key) !== undefined)
        throw invalidField(field, "has a name with characters that cannot be kept");
      refuseBadText(item, field === "" ? key : `${field}.${key}`);
    }
  }
}

function invalidField(field: string, fault: string): ApiError {
  const name = field === "" ? "The body" : field;
  return new ApiError(400, "invalid_request", `${name} ${fault}.`, field === "" ? {} : { field });
}

const english = z.locales.en().localeError;

/** Throws 400 with the first field that does not fit. */
export function parseWith<Schema extends z.ZodMiniType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = z.safeParse(schema, value, {
    error: (issue) =>
      issue.code === "invalid_type" && issue.input === undefined ? "is required" : english(issue),
  });
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const field = fieldName(issue?.path ?? []);
  const fault = issue?.message ?? "is not valid";
  const sentence = /^(is|must|has) /.test(fault)
    ? fault
    : `is not valid: ${fault.replace(/^Invalid input: /, "")}`;
  throw invalidField(field, sentence);
}

/** `permissions[0].resource` */
export function fieldName(path: readonly PropertyKey[]): string {
  return path.reduce<string>((name, part) => {
    if (typeof part === "number") return `${name}[${part}]`;
    return name === "" ? String(part) : `${name}.${String(part)}`;
  }, "");
}
