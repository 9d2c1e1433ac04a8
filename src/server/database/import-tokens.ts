import { ALL_DATABASES } from "#contract/permission.ts";
import { isUuid } from "#contract/text.ts";
import { tokenSchema, type Token } from "#contract/token.ts";
import { StartError } from "#server/start-error.ts";

/** How many bad rows are named; a file with more is wrong as a whole. */
const NAMED = 20;

/**
 * Checks tokens as the Management API lists them. Throws StartError that names each bad row by its index,
 * counting from 0. What comes back may still carry fields that the store has no column for, secrets among
 * them: write named columns only.
 */
export function checkImport(value: unknown): Token[] {
  if (!Array.isArray(value)) {
    throw new StartError("The import must be a JSON array of tokens, as the Management API lists them.");
  }
  const tokens: Token[] = [];
  const faults: string[] = [];
  const indexById = new Map<string, number>();
  for (const [index, row] of value.entries()) {
    const parsed = tokenSchema.safeParse(row);
    const fault = parsed.success
      ? idFault(parsed.data.id, index, indexById)
      : faultOf(parsed.error.issues, row);
    if (fault !== undefined) faults.push(`[${index}] ${fault}`);
    else if (parsed.success) tokens.push(parsed.data);
  }
  if (faults.length > 0) {
    const more = faults.length > NAMED ? `; and ${faults.length - NAMED} more` : "";
    const named = faults.slice(0, NAMED).join("; ") + more;
    throw new StartError(
      `Nothing was imported, ${faults.length} of ${value.length} tokens cannot be kept: ${named}.`,
    );
  }
  return tokens;
}

/** Every database that the tokens name, whether or not it exists. */
export function namedDatabases(tokens: readonly Token[]): string[] {
  const names = new Set(tokens.flatMap((token) => token.permissions.map(({ resource }) => resource)));
  names.delete(ALL_DATABASES);
  return [...names].sort();
}

function idFault(id: string, index: number, indexById: Map<string, number>): string | undefined {
  if (!isUuid(id)) return "id must be a UUID";
  const first = indexById.get(id.toLowerCase());
  if (first !== undefined) return `id is the same as that of [${first}]`;
  indexById.set(id.toLowerCase(), index);
  return undefined;
}

/** The part of zod's issues that is needed for a sentence. */
interface Issue {
  code?: string | undefined;
  expected?: unknown;
  message: string;
  path: readonly PropertyKey[];
}

function faultOf(issues: readonly Issue[], row: unknown): string {
  const issue = issues[0];
  if (issue === undefined) return "is no token";
  const field = issue.path
    .map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`))
    .join("")
    .replace(/^\./, "");
  if (issue.code !== "invalid_type") return `${field} ${lowerFirst(issue.message)}`.trim();
  if (field === "") return `must be an object, not ${row === null ? "null" : typeof row}`;
  return `${field} must be ${issue.expected === "array" ? "an array" : `a ${String(issue.expected)}`}`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
