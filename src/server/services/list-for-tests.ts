import { text as readText } from "node:stream/consumers";
import * as z from "zod/mini";
import type { Token } from "#contract/token.ts";
import { bodyOf, plainChunks } from "#server/lists/list-body.ts";
import type { CallContext, ListAnswer, RowForm, TokenService } from "./token-service.ts";

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
  form: RowForm = "with_cluster",
): Promise<Token[]> {
  const answer = await service.readTokenList(context, { form, held: [], acceptsChanges: false });
  return rowsSchema.parse(JSON.parse(await answerText(answer)));
}
