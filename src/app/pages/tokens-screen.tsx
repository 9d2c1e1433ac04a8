import {
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  type KeyboardEvent,
} from "react";
import type { Capability, Cluster } from "#contract/cluster.ts";
import { tokenStatus } from "#contract/token.ts";
import { useShortcut } from "#app/features/keys/use-shortcut.ts";
import { useSingleKeys } from "#app/features/keys/key-preference.ts";
import {
  EmptyList,
  FailedList,
  ListNotices,
  NothingYet,
  WaitingNews,
} from "#app/features/tokens/list-notices.tsx";
import { listProblem } from "#app/features/tokens/list-problem.ts";
import { tokenMenus } from "#app/features/tokens/lazy-token-menus.ts";
import { numberText } from "#app/features/tokens/number-text.ts";
import { createTokenIndex, type ListedToken } from "#app/features/tokens/token-index.ts";
import type { TokenList } from "#app/features/tokens/token-list.ts";
import { formatTokenView, sortKeysFor, withoutFilters } from "#app/features/tokens/token-view-state.ts";
import { TokensTable } from "#app/features/tokens/tokens-table.tsx";
import { TokensToolbar } from "#app/features/tokens/tokens-toolbar.tsx";
import { useHeldList } from "#app/features/tokens/use-held-list.ts";
import { useIdleWork } from "#app/features/tokens/use-idle-work.ts";
import { useServerNow } from "#app/features/tokens/use-server-now.ts";
import { useTokenView } from "#app/features/tokens/use-token-view.ts";
import { useNotify } from "#app/layout/notify.ts";
import { PageHeader } from "#app/layout/page-header.tsx";
import { Page } from "#app/layout/page.tsx";
import type { DataTableHandle } from "#app/table/data-table.tsx";
import { showsRow } from "#app/table/row-element.ts";
import type { UnsettledStep } from "#app/features/revoke/revoke-flow.ts";
import { revokeTokenFlow } from "./lazy-revoke-token-flow.ts";
import { NOT_LOADED } from "./not-loaded.ts";
import { allowLoadingAhead } from "#app/ui/lazy-module.ts";
import styles from "./tokens-screen.module.css";

export interface TokensScreenProps {
  kind: "database" | "management";
  title: string;
  sentence: string;
  searchHint: string;
  cluster: Cluster;
  /** The latest complete list, or what has come of a first one. */
  list: TokenList | undefined;
  error: Error | null;
  /** Why the names of the databases are not known. */
  databasesError: Error | null;
  isFetching: boolean;
  refetch: () => void;
  /** Names of the cluster's databases; undefined while unknown or where there are none. */
  databases: readonly string[] | undefined;
  canRevoke: Capability;
  /** The management token that this session acts with. */
  credentialId: string | undefined;
  /** Changes with the person and the session: who ticks a box answers for it. */
  consenter: string;
}

const NO_TOKENS = createTokenIndex([]);

/** The page of either kind of token: what differs is data. */
export function TokensScreen(props: TokensScreenProps) {
  const { kind, title, sentence, searchHint, list, error, isFetching, refetch, credentialId } = props;
  const control = useTokenView(kind);
  const { view, change } = control;
  const latest = list?.index ?? NO_TOKENS;
  const now = useServerNow(list?.clockOffset ?? 0, list?.complete === true ? latest : NO_TOKENS);
  const notify = useNotify();
  const keysOn = useSingleKeys();
  const table = useRef<DataTableHandle>(null);
  const search = useRef<HTMLInputElement>(null);
  const menus = tokenMenus.useModule();
  // Loaded ahead as well, so that the question appears at once.
  const flow = revokeTokenFlow.useModule();

  const [options, setOptions] = useState<OpenedAt>();
  const [databasesAt, setDatabasesAt] = useState<OpenedAt>();
  const [revoking, setRevoking] = useState<{ token: ListedToken; opener: HTMLElement | null }>();
  const [unsettled, setUnsettled] = useState<ReadonlyMap<string, UnsettledStep>>(NO_STEPS);
  const [touched, setTouched] = useState<ReadonlySet<string>>(NO_IDS);
  const [onTable, setOnTable] = useState({ pointer: false, pressed: false, focus: false });

  const busy = options?.open === true || databasesAt?.open === true || revoking !== undefined;
  // Between pressing and letting go a button must not come to mean another token.
  const hold = busy || onTable.pressed ? "dialog" : onTable.pointer || onTable.focus ? "rows" : "none";
  const held = useHeldList({ index: latest, complete: list?.complete ?? false }, hold, touched);
  // What is said of the rows is said of those shown: a part may be held while the rest is there already.
  const { shown: index, complete } = held;
  useIdleWork(complete ? index : undefined);
  const rows = useMemo(() => index.query({ ...view, now }), [index, view, now]);
  const counts = useMemo(
    // Of a part nothing is counted but what is there: it will be another one in a moment.
    () => (complete ? index.counts(now) : { total: index.total, active: 0 }),
    [complete, index, now],
  );
  const problem = listProblem(error);
  const loading = list === undefined && problem === undefined;

  useEffect(() => {
    if (!loading) allowLoadingAhead();
  }, [loading]);

  // Another question is answered from its first row on.
  const question = formatTokenView(view).toString();
  const asked = useRef(question);
  useLayoutEffect(() => {
    if (asked.current === question) return;
    asked.current = question;
    table.current?.toTop();
  }, [question]);

  const tokenById = (id: string | undefined): ListedToken | undefined => {
    const row = id === undefined ? undefined : index.rowOf(id);
    return row === undefined ? undefined : index.tokenAt(row);
  };

  const copyId = useCallback(
    (id: string) => {
      copyText(id).then(
        () => notify({ tone: "success", title: "Token ID copied", detail: id }),
        () =>
          notify({
            tone: "warning",
            title: "The browser refused the clipboard. The token ID is:",
            detail: id,
          }),
      );
    },
    [notify],
  );
  const openOptions = useCallback(
    (tokenId: string, anchor: HTMLElement, opener = anchor) => {
      tokenMenus.preload().then(
        () => setOptions({ tokenId, anchor, opener, open: true }),
        () => notify(NOT_LOADED),
      );
    },
    [notify],
  );
  const openDatabases = useCallback(
    (tokenId: string, anchor: HTMLElement) => {
      tokenMenus.preload().then(
        () => setDatabasesAt({ tokenId, anchor, opener: anchor, open: true }),
        () => notify(NOT_LOADED),
      );
    },
    [notify],
  );

  const refusal = (token: ListedToken | undefined): string | undefined => {
    if (!props.canRevoke.allowed) return props.canRevoke.reason;
    if (token !== undefined && tokenStatus(token, now) === "revoked") return "This token is revoked already.";
    return undefined;
  };
  const startRevoke = (token: ListedToken, opener: HTMLElement | null) => {
    const reason = refusal(token);
    if (reason !== undefined) {
      notify({ tone: "info", title: reason });
      return;
    }
    revokeTokenFlow.preload().then(
      () => setRevoking({ token, opener }),
      () => notify(NOT_LOADED),
    );
  };

  const onRowKey = (event: KeyboardEvent<HTMLElement>, token: ListedToken, row: HTMLElement) => {
    if (event.key === "Enter") {
      event.preventDefault();
      const button = row.querySelector<HTMLElement>("[aria-haspopup=menu]");
      if (button !== null) openOptions(token.id, button, row);
    } else if (event.key === "r" && keysOn) {
      event.preventDefault();
      startRevoke(token, row);
    } else if (event.key === "Escape") {
      search.current?.focus();
    }
  };

  useShortcut("/", () => {
    search.current?.focus();
    search.current?.select();
  });

  const clear = () => {
    change({ ...withoutFilters(view), text: "" });
    search.current?.focus();
  };
  const rowAfter = (id: string): string | undefined => {
    const row = index.rowOf(id);
    const position = row === undefined ? -1 : rows.indexOf(row);
    const neighbour = rows[position + 1] ?? rows[position - 1];
    return neighbour === undefined ? undefined : index.idAt(neighbour);
  };

  return (
    <Page>
      <PageTitle title={title} />
      <PageHeader
        title={title}
        count={
          list === undefined
            ? undefined
            : complete
              ? countWords(counts, rows.length)
              : soFarWords(counts.total, isFetching && problem === undefined)
        }
        sentence={sentence}
      />
      <TokensToolbar
        control={control}
        sortKeys={sortKeysFor(kind)}
        databases={
          kind === "database"
            ? (props.databases ?? (props.databasesError ? index.databaseNames : NO_NAMES))
            : undefined
        }
        searchHint={searchHint}
        searchRef={search}
        keysOn={keysOn}
        onSearchKey={(key) => {
          if (key === "Escape" && view.text !== "") control.setText("");
          else table.current?.focusRow(0);
        }}
      />
      {list !== undefined && (
        <ListNotices
          problem={problem}
          complete={complete}
          total={counts.total}
          receivedAt={list.receivedAt}
          now={now - list.clockOffset}
          onRetry={refetch}
          retrying={isFetching}
          unreadable={list.unreadable}
        />
      )}
      <div
        className={styles.table}
        onPointerEnter={() => setOnTable((present) => ({ ...present, pointer: true }))}
        onPointerLeave={() => setOnTable((present) => ({ ...present, pointer: false, pressed: false }))}
        onPointerDown={() => setOnTable((present) => ({ ...present, pressed: true }))}
        // The click comes after it, and counts as pressed still.
        onPointerUp={() => setTimeout(() => setOnTable((present) => ({ ...present, pressed: false })))}
        onFocus={() => setOnTable((present) => ({ ...present, focus: true }))}
        onBlur={(event) => {
          // From a row to a control in it is no leaving.
          if (event.currentTarget.contains(event.relatedTarget)) return;
          setOnTable((present) => ({ ...present, focus: false }));
        }}
      >
        <TokensTable
          label={title}
          kind={kind}
          index={index}
          rows={rows}
          sort={view.sort}
          onSort={(sort) => change({ sort })}
          onRowKey={onRowKey}
          chosenId={revoking?.token.id ?? (options?.open ? options.tokenId : undefined)}
          loading={loading}
          partial={!complete}
          busy={!complete && isFetching}
          empty={
            rows.length > 0 ? undefined : list === undefined && problem !== undefined ? (
              <FailedList problem={problem} onRetry={refetch} retrying={isFetching} />
            ) : complete ? (
              <EmptyList
                kind={kind}
                total={counts.total}
                inactiveMatches={view.inactive ? 0 : index.count({ ...view, inactive: true, now })}
                view={view}
                onChange={(changed) => {
                  change(changed);
                  search.current?.focus();
                }}
                onClear={clear}
              />
            ) : (
              <NothingYet problem={problem} />
            )
          }
          handle={table}
          now={now}
          openOptions={openOptions}
          openDatabases={openDatabases}
          copyId={copyId}
          credentialId={credentialId}
        />
        <WaitingNews
          count={held.waiting}
          onShow={() => {
            held.show();
            table.current?.focusInSight();
          }}
        />
      </div>
      {menus !== undefined && options !== undefined && (
        <menus.TokenOptionsMenu
          open={options.open}
          anchor={options.anchor}
          onClose={() => setOptions(closed)}
          token={tokenById(options.tokenId)}
          returnFocus={() =>
            showsRow(options.opener, options.tokenId)
              ? options.opener
              : (table.current?.rowElement(options.tokenId) ?? null)
          }
          keysOn={keysOn}
          actions={{
            revoke:
              refusal(tokenById(options.tokenId)) ??
              (() => {
                const token = tokenById(options.tokenId);
                if (token !== undefined) startRevoke(token, options.opener);
              }),
            ...(kind === "database" ? menus.LATER : {}),
            copyId: () => copyId(options.tokenId),
          }}
        />
      )}
      {menus !== undefined && databasesAt !== undefined && (
        <menus.DatabasesPopover
          open={databasesAt.open}
          anchor={databasesAt.anchor}
          onClose={() => setDatabasesAt(closed)}
          token={tokenById(databasesAt.tokenId)}
        />
      )}
      {revoking !== undefined && flow !== undefined && (
        <flow.RevokeTokenFlow
          kind={kind}
          cluster={props.cluster}
          asked={revoking.token}
          list={list}
          listProblem={problem}
          databases={props.databases}
          databasesProblem={listProblem(props.databasesError)}
          now={now}
          credentialId={credentialId}
          consenter={props.consenter}
          refusal={refusal(undefined)}
          unsettled={unsettled.get(revoking.token.id)}
          onUnsettled={(id, step) => setUnsettled((steps) => withStep(steps, id, step))}
          opener={revoking.opener}
          rowElement={(id) => table.current?.rowElement(id) ?? null}
          rowAfter={rowAfter}
          onTouched={(id) => setTouched((ids) => new Set(ids).add(id))}
          onClose={() => setRevoking(undefined)}
          onView={(id) => change({ ...withoutFilters(view), text: id, inactive: true })}
        />
      )}
    </Page>
  );
}

const NO_NAMES: readonly string[] = [];

const NO_IDS: ReadonlySet<string> = new Set();

const NO_STEPS: ReadonlyMap<string, UnsettledStep> = new Map();

function withStep(
  steps: ReadonlyMap<string, UnsettledStep>,
  id: string,
  step: UnsettledStep | undefined,
): ReadonlyMap<string, UnsettledStep> {
  const next = new Map(steps);
  if (step === undefined) next.delete(id);
  else next.set(id, step);
  return next;
}

/** A menu or popover that hangs from a control of one row. Closed ones keep their row while they fade. */
interface OpenedAt {
  tokenId: string;
  anchor: HTMLElement;
  /** What was pressed, where focus goes back to. */
  opener: HTMLElement;
  open: boolean;
}

function closed(present: OpenedAt | undefined): OpenedAt | undefined {
  return present && { ...present, open: false };
}

async function copyText(text: string): Promise<void> {
  // Undefined without TLS: the attempt then fails, as a refusal does.
  await navigator.clipboard.writeText(text);
}

function countWords(counts: { total: number; active: number }, shown: number): string {
  const total = `${numberText(counts.total)} ${counts.total === 1 ? "token" : "tokens"}`;
  const words = `${total}, ${numberText(counts.active)} active`;
  return shown === counts.active || shown === counts.total ? words : `${words}, ${numberText(shown)} shown`;
}

function soFarWords(total: number, coming: boolean): string {
  return coming ? `${numberText(total)} tokens so far…` : `${numberText(total)} tokens read, not all`;
}

function PageTitle({ title }: { title: string }) {
  useEffect(() => {
    document.title = `${title} · Tokenward`;
  }, [title]);
  return null;
}
