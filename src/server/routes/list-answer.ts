import {
  ACCEPT_CHANGES_HEADER,
  CHANGES_BASE_HEADER,
  CHANGES_HEADER,
  CHANGES_STATUS,
  TOKEN_CHANGES,
} from "#contract/list-changes.ts";
import { PREFER_HEADER, PREFERENCE_APPLIED_HEADER, SHORT_ROWS } from "#contract/short-rows.ts";
import { TOKEN_COLUMNS } from "#contract/token-columns.ts";
import { accepts } from "#server/accepts.ts";
import { bodyOf, gzipChunks, plainChunks, type ListText } from "#server/lists/list-body.ts";
import type { Log } from "#server/log.ts";
import type { Answer } from "#server/problem-answer.ts";
import { entityTagsOf, textEntityTag } from "#server/services/entity-tag.ts";
import type { ListAnswer, ListRequest, RowForm } from "#server/services/token-service.ts";
import type { Call } from "./route.ts";

/** What a request says about the list that its caller wants, whose address shows rows in `usual` form, or holds. */
export function listRequest({ request }: Call, usual: RowForm): ListRequest {
  return {
    form: acceptsColumns(request)
      ? "columns"
      : names(request, PREFER_HEADER, SHORT_ROWS)
        ? "without_cluster"
        : usual,
    held: entityTagsOf(request.headers.get("If-None-Match")),
    acceptsChanges: names(request, ACCEPT_CHANGES_HEADER, TOKEN_CHANGES),
  };
}

function acceptsColumns({ headers }: Request): boolean {
  return accepts(headers.get("Accept"), TOKEN_COLUMNS);
}

/** Whether a header that is a list of words, with parameters or without, has this one. */
function names({ headers }: Request, header: string, word: string): boolean {
  const items = (headers.get(header) ?? "").split(",");
  return items.some((item) => item.split(";")[0]?.trim().toLowerCase() === word);
}

/** Validators are weak: the same list may come compressed or not, and in another form. */
export function listAnswer(call: Call, log: Log, list: ListAnswer): Answer {
  const headers = {
    ETag: `W/${list.tag}`,
    Vary: `Accept, Accept-Encoding, ${ACCEPT_CHANGES_HEADER}, ${PREFER_HEADER}`,
    ...(names(call.request, PREFER_HEADER, SHORT_ROWS) ? { [PREFERENCE_APPLIED_HEADER]: SHORT_ROWS } : {}),
  };
  switch (list.kind) {
    case "unchanged":
      return { status: 304, headers };
    case "whole":
      return streamed(
        call,
        log,
        200,
        acceptsColumns(call.request) ? { ...headers, "Content-Type": TOKEN_COLUMNS } : headers,
        list.text,
      );
    case "changes":
      return streamed(
        call,
        log,
        CHANGES_STATUS,
        { ...headers, [CHANGES_HEADER]: TOKEN_CHANGES, [CHANGES_BASE_HEADER]: `W/${list.base}` },
        list.text,
      );
  }
}

/** For a list that is small enough to be one text: its validator is a hash of that. */
export function smallListAnswer({ request }: Call, body: readonly unknown[]): Answer {
  const tag = textEntityTag(JSON.stringify(body));
  const headers = { ETag: `W/${tag}` };
  const held = entityTagsOf(request.headers.get("If-None-Match"));
  if (held.some((candidate) => candidate === tag || candidate === "*")) return { status: 304, headers };
  return { status: 200, headers, body };
}

/** A text that is made while it is read. When it breaks off the connection is cut: it never looks whole. */
export function streamed(
  { request, requestId, breakOff }: Call,
  log: Log,
  status: number,
  headers: Record<string, string>,
  text: ListText,
): Answer {
  const isPacked = accepts(request.headers.get("Accept-Encoding"), "gzip");
  return {
    status,
    headers: isPacked ? { ...headers, "Content-Encoding": "gzip" } : headers,
    stream: bodyOf(isPacked ? gzipChunks(text) : plainChunks(text), (error) => {
      log.error({
        requestId,
        event: "a list broke off",
        stack: error instanceof Error ? error.stack : undefined,
      });
      breakOff?.();
      return breakOff !== undefined;
    }),
  };
}
