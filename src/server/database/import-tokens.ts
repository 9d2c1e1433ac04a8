import { databaseNameFault } from "#contract/database.ts";
import { ALL_DATABASES } from "#contract/permission.ts";
import { isUuid } from "#contract/text.ts";
import { tokenSchema, type Token } from "#contract/token-schema.ts";
import { ApiError } from "#server/api-error.ts";
import { parseWith } from "#server/json-body.ts";
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
    try {
      const token = parseRow(row);
      const fault = idFault(token.id, index, indexById);
      if (fault === undefined) tokens.push(token);
      else faults.push(`[${index}] ${fault}`);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      faults.push(`[${index}] ${error.message.replace(/\.$/, "")}`);
    }
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

/** Every database that the tokens name, whether or not it exists, but for names that no database can have. */
export function namedDatabases(tokens: readonly Token[]): string[] {
  const names = new Set(tokens.flatMap((token) => token.permissions.map(({ resource }) => resource)));
  names.delete(ALL_DATABASES);
  return [...names].filter((name) => databaseNameFault(name) === undefined).sort();
}

function idFault(id: string, index: number, indexById: Map<string, number>): string | undefined {
  if (!isUuid(id)) return "id must be a UUID";
  const first = indexById.get(id.toLowerCase());
  if (first !== undefined) return `id is the same as that of [${first}]`;
  indexById.set(id.toLowerCase(), index);
  return undefined;
}

/** Throws the ApiError that a request with such a token would get. */
function parseRow(row: unknown): Token {
  if (typeof row !== "object" || row === null || Array.isArray(row)) {
    throw new ApiError(400, "invalid_request", "is no object");
  }
  return parseWith(tokenSchema, row);
}
