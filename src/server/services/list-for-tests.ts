import { text as readText } from "node:stream/consumers";
import * as z from "zod/mini";
import type { Token } from "#contract/token.ts";
import { bodyOf, plainChunks } from "#server/lists/list-body.ts";
import { listPartSchema } from "#contract/token-columns-schema.ts";
import { tokensOf } from "#contract/token-columns.ts";
import type { CallContext, ListAnswer, ListForm, TokenService } from "./token-service.ts";

/** The text of an answer that has one, as a caller without gzip gets it. */
export function answerText(answer: ListAnswer): Promise<string> {
  if (answer.kind === "unchanged") throw new Error("nothing was answered");
  return readText(bodyOf(plainChunks(answer.text), () => false));
}

// Loose about the rows, which the contract's own tests parse: 20,000 of them would take seconds.
const rowsSchema = z.array(z.custom<Token>((row) => typeof row === "object" && row !== null && "id" in row));

/** The whole list of a service, through the text that callers get. */
export async function readAllTokens(
  service: TokenService,
  context: CallContext,
  form: ListForm = "with_cluster",
): Promise<Token[]> {
  const answer = await service.readTokenList(context, { form, held: [], acceptsChanges: false });
  const body: unknown = JSON.parse(await answerText(answer));
  return rowsSchema.parse(form === "columns" ? rowsOfParts(body) : body);
}

/** All rows of a list that is in parts. */
export function rowsOfParts(body: unknown): unknown[] {
  return z
    .array(listPartSchema)
    .parse(body)
    .flatMap((part): unknown[] => ("rows" in part ? part.rows : tokensOf(part)));
}
