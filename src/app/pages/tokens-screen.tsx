import {
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  type KeyboardEvent,
  type ReactNode,
} from "react";
import { useLocation, useNavigate, useParams } from "react-router";
import type { Capability, Cluster } from "#contract/cluster.ts";
import { tokenStatus } from "#contract/token.ts";
import { useShortcut } from "#app/features/keys/use-shortcut.ts";
import { useSingleKeys } from "#app/features/keys/key-preference.ts";
import { FailedList, ListNotices } from "#app/features/tokens/list-notices.tsx";
import { listProblem } from "#app/features/tokens/list-problem.ts";
import { tokenMenus } from "#app/features/tokens/lazy-token-menus.ts";
import { createTokenIndex, type ListedToken } from "#app/features/tokens/token-index.ts";
import type { TokenList } from "#app/features/tokens/token-list.ts";
import { formatTokenView, sortKeysFor, withoutFilters } from "#app/features/tokens/token-view-state.ts";
import type { TokenColumn } from "#app/features/tokens/token-columns.tsx";
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
import { withKeys } from "#app/table/selection.ts";
import { createPresence } from "#app/table/presence.ts";
import { TableArea } from "#app/table/table-area.tsx";
import { showsRow } from "#app/table/row-element.ts";
import type { UnsettledStep } from "#app/features/revoke/revoke-flow.ts";
import { paths } from "#app/paths.ts";
import { Button } from "#app/ui/button.tsx";
import { revokeTokenFlow } from "./lazy-revoke-token-flow.ts";
import { tokenFlows } from "./lazy-token-flows.ts";
import { NOT_LOADED } from "./not-loaded.ts";
import { countWords, soFarWords } from "./count-words.ts";
import { tokenNameOf } from "./token-name.ts";
import { FROM_LIST, type FlowContext, type TokenFlow } from "./token-flow.ts";
import { allowLoadingAhead } from "#app/ui/lazy-module.ts";

export interface TokensScreenProps {
  kind: "database" | "management";
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
  canCreate: Capability;
  /** The token that this session acts with, where it is among these. */
  credentialId: string | undefined;
  /** Changes with the person and the session: who ticks a box answers for it. */
  consenter: string;
  /** What is said of the list above it. */
  banner?: ReactNode;
  /** The cluster's API does not offer these: what is done with them is a command to copy. */
  commandsOnly?: boolean;
  /** What is offered where the cluster does not take the token that it is asked with. */
  remedy?: ReactNode;
  /** See TokensTable. */
  columns?: readonly TokenColumn[] | undefined;
}

const NO_TOKENS = createTokenIndex([]);

/** The page of either kind of token: what differs is data. */
export function TokensScreen(props: TokensScreenProps) {
  const { kind, cluster, sentence, searchHint, list, error, isFetching, refetch, credentialId } = props;
  const { databases, databasesError, canRevoke, consenter, commandsOnly = false } = props;
  const tokenName = tokenNameOf(kind, cluster);
  const title = `${tokenName}s`;
  const sortKeys = sortKeysFor(kind, cluster.hasOwners);
  const control = useTokenView(sortKeys);
  const { view, change } = control;
  const latest = list?.index ?? NO_TOKENS;
  const now = useServerNow(list?.clockOffset ?? 0, list?.complete === true ? latest : NO_TOKENS);
  const notify = useNotify();
  const keysOn = useSingleKeys();
  const table = useRef<DataTableHandle>(null);
  const search = useRef<HTMLInputElement>(null);
  const menus = tokenMenus.useModule();
  // Loaded ahead as well, so that the question appears at once.
  const revokeFlow = revokeTokenFlow.useModule();
  const flows = tokenFlows.useModule();
  const { tokenId: sheetId } = useParams();
  const { search: query } = useLocation();
  const navigate = useNavigate();

  const [options, setOptions] = useState<OpenedAt>();
  const [databasesAt, setDatabasesAt] = useState<OpenedAt>();
  const [revoking, setRevoking] = useState<{ token: ListedToken; opener: HTMLElement | null }>();
  const [flow, setFlow] = useState<{ asked: TokenFlow; opener: HTMLElement | null }>();
  const [unsettled, setUnsettled] = useState<ReadonlyMap<string, UnsettledStep>>(NO_STEPS);
  const [touched, setTouched] = useState<ReadonlySet<string>>(NO_IDS);
  /** Ids, whether their tokens are shown or not. */
  const [selected, setSelected] = useState(NO_IDS);
  const [presence] = useState(createPresence);

  const busy =
    options?.open === true || databasesAt?.open === true || revoking !== undefined || flow !== undefined;
  const held = useHeldList({ index: latest, complete: list?.complete ?? false }, busy, presence, touched);
  // What is said of the rows is said of those shown: a part may be held while the rest is there already.
  const { shown: index, complete } = held;
  useIdleWork(complete ? index : undefined, sortKeys);
  const rows = useMemo(() => index.query({ ...view, now }), [index, view, now]);
  const select = useCallback(
    (ids: Iterable<string>, on: boolean) => setSelected((present) => withKeys(present, ids, on)),
    [],
  );
  const selectAll = (on: boolean) =>
    on
      ? select(
          Array.from(rows, (row) => index.idAt(row)),
          true,
        )
      : setSelected(NO_IDS);
  const counts = useMemo(
    // Of a part nothing is counted but what is there: it will be another one in a moment.
    () => (complete ? index.counts(now) : { total: index.total, active: 0 }),
    [complete, index, now],
  );
  const problem = useMemo(() => listProblem(error), [error]);
  const databasesProblem = useMemo(() => listProblem(databasesError), [databasesError]);
  const loading = list === undefined && problem === undefined;
  const remedy = problem?.refused === true && props.remedy;

  const noRows = list !== undefined && rows.length === 0;
  const isReading = list?.complete !== true && problem === undefined;
  useEffect(() => {
    // A long list is worked on until its last row is there.
    if (!isReading) allowLoadingAhead();
    // Loaded ahead as well; without it the count above says that there is none.
    if (noRows) tokenMenus.preload().catch(() => {});
  }, [isReading, noRows]);

  useEffect(() => {
    if (sheetId !== undefined) tokenFlows.preload().catch(() => notify(NOT_LOADED));
  }, [sheetId, notify]);

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
      tokenFlows.preload().then(
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

  const refusal = useCallback(
    (token: ListedToken | undefined): string | undefined => {
      if (!canRevoke.allowed) return canRevoke.reason;
      if (token !== undefined && tokenStatus(token, now) === "revoked")
        return "This token is revoked already.";
      return undefined;
    },
    [canRevoke, now],
  );
  const startRevoke = useCallback(
    (token: ListedToken, opener: HTMLElement | null) => {
      const reason = refusal(token);
      if (reason !== undefined) {
        notify({ tone: "info", title: reason });
        return;
      }
      revokeTokenFlow.preload().then(
        () => setRevoking({ token, opener }),
        () => notify(NOT_LOADED),
      );
    },
    [refusal, notify],
  );
  const openFlow = useCallback(
    (asked: TokenFlow, opener: HTMLElement | null) => {
      tokenFlows.preload().then(
        () => setFlow({ asked, opener }),
        () => notify(NOT_LOADED),
      );
    },
    [notify],
  );
  const showToken = useCallback(
    (id: string) => {
      tokenFlows.preload().then(
        () => void navigate(paths.token(kind, cluster.slug, id) + query, { state: FROM_LIST }),
        () => notify(NOT_LOADED),
      );
    },
    [kind, cluster, navigate, query, notify],
  );
  const closeSheet = useCallback(
    () =>
      void navigate(
        (kind === "database" ? paths.databaseTokens : paths.managementTokens)(cluster.slug) + query,
        { replace: true },
      ),
    [kind, cluster, navigate, query],
  );

  // What stands around the rows is not drawn again with each key: what is done there looks up what is shown by then.
  const present = useRef({ index, rows, view });
  useLayoutEffect(() => {
    present.current = { index, rows, view };
  });
  const context = useMemo(
    (): FlowContext => ({
      kind,
      cluster,
      list,
      listProblem: problem,
      databases,
      databasesProblem,
      now,
      credentialId,
      consenter,
      commandsOnly,
      openFlow: (asked) => openFlow(asked, flow?.opener ?? null),
      // A late answer closes what it belongs to, and nothing that was opened since.
      closeFlow: () => setFlow((opened) => (opened === flow ? undefined : opened)),
      startRevoke,
      showToken,
      onTouched: (...ids) => setTouched((before) => withKeys(before, ids, true)),
      select,
      onView: (id) => change({ ...withoutFilters(present.current.view), text: id, inactive: true }),
      returnFocus: () => {
        const { asked, opener } = flow ?? {};
        const tokenId = asked !== undefined && "token" in asked ? asked.token.id : undefined;
        // What floats above the rows may be gone with what it was about.
        if (tokenId === undefined) {
          const [first] = present.current.rows;
          return opener?.isConnected || first === undefined
            ? (opener ?? null)
            : (table.current?.rowElement(present.current.index.idAt(first)) ?? null);
        }
        return opener != null && showsRow(opener, tokenId)
          ? opener
          : (table.current?.rowElement(tokenId) ?? null);
      },
    }),
    [
      kind,
      cluster,
      list,
      problem,
      databases,
      databasesProblem,
      now,
      credentialId,
      consenter,
      commandsOnly,
      flow,
      openFlow,
      startRevoke,
      showToken,
      select,
      change,
    ],
  );

  const onRowKey = (event: KeyboardEvent<HTMLElement>, token: ListedToken, row: HTMLElement) => {
    if (event.key === "Enter") {
      event.preventDefault();
      showToken(token.id);
    } else if (event.key === "r" && keysOn) {
      event.preventDefault();
      startRevoke(token, row);
    } else if (event.key === "m" && keysOn) {
      event.preventDefault();
      const button = row.querySelector<HTMLElement>("[aria-haspopup=menu]");
      if (button !== null) openOptions(token.id, button, row);
    } else if (event.key === "Escape") {
      if (selected.size > 0) setSelected(NO_IDS);
      else search.current?.focus();
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
  const rowElement = (id: string) => table.current?.rowElement(id) ?? null;
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
        action={
          <>
            {flows !== undefined && (
              <flows.HeaderActions context={context} refusal={refusal(undefined)} openFlow={openFlow} />
            )}
            <Button
              variant="primary"
              disabledReason={props.canCreate.allowed ? undefined : props.canCreate.reason}
              onClick={(event) => openFlow({ flow: "create" }, event.currentTarget)}
            >
              {`Add ${tokenName}`}
            </Button>
          </>
        }
      />
      <TokensToolbar
        control={control}
        sortKeys={sortKeys}
        index={index}
        databases={
          kind === "database" ? (databases ?? (databasesError ? index.databaseNames : NO_NAMES)) : undefined
        }
        searchHint={searchHint}
        searchRef={search}
        keysOn={keysOn}
        toRows={() => table.current?.focusRow(0)}
      />
      {props.banner}
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
          remedy={remedy}
        />
      )}
      <TableArea
        presence={presence}
        floats={
          flows !== undefined && (
            <flows.TableFloats
              waiting={held.waiting}
              onShowWaiting={() => {
                held.show();
                table.current?.focusInSight();
              }}
              context={context}
              index={index}
              complete={complete}
              rows={rows}
              selected={selected}
              onSelectAll={() => selectAll(true)}
              onClear={() => {
                setSelected(NO_IDS);
                table.current?.focusInSight();
              }}
              refusal={refusal(undefined)}
              openFlow={openFlow}
            />
          )
        }
      >
        <TokensTable
          label={title}
          kind={kind}
          columns={props.columns}
          index={index}
          rows={rows}
          question={formatTokenView(view).toString()}
          sort={view.sort}
          onSort={(sort) => change({ sort })}
          onRowKey={onRowKey}
          onOpen={({ id }) => showToken(id)}
          selected={selected}
          onSelect={select}
          onSelectAll={selectAll}
          covered={selected.size > 0 ? COVERED : 0}
          chosenKey={revoking?.token.id ?? sheetId ?? (options?.open ? options.tokenId : undefined)}
          loading={loading}
          partial={!complete}
          busy={!complete && isFetching}
          empty={
            rows.length > 0 ? undefined : list === undefined && problem !== undefined ? (
              <FailedList problem={problem} onRetry={refetch} retrying={isFetching} remedy={remedy} />
            ) : complete ? (
              menus && (
                <menus.EmptyList
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
              )
            ) : (
              menus && <menus.NothingFoundYet noun="list" hasFailed={problem !== undefined} />
            )
          }
          handle={table}
          now={now}
          openOptions={openOptions}
          openDatabases={openDatabases}
          copyId={copyId}
          credentialId={credentialId}
        />
      </TableArea>
      {flows !== undefined && options !== undefined && (
        <flows.RowOptions
          {...options}
          context={context}
          token={tokenById(options.tokenId)}
          keysOn={keysOn}
          refusalOf={refusal}
          openFlow={openFlow}
          copyId={copyId}
          rowElement={rowElement}
          onClose={() => setOptions(closed)}
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
      {flows !== undefined && (
        <flows.TokenFlows flow={flow?.asked} context={context} sheetId={sheetId} closeSheet={closeSheet} />
      )}
      {revoking !== undefined && revokeFlow !== undefined && (
        <revokeFlow.RevokeTokenFlow
          kind={kind}
          cluster={cluster}
          asked={revoking.token}
          list={list}
          listProblem={problem}
          databases={databases}
          databasesProblem={databasesProblem}
          now={now}
          credentialId={credentialId}
          consenter={consenter}
          refusal={refusal(undefined)}
          suspend={
            // Not instead of what is open below.
            flow === undefined
              ? flows?.tokenActions(revoking.token, {
                  kind,
                  cluster,
                  now,
                  openFlow: (asked) => {
                    setRevoking(undefined);
                    openFlow(asked, revoking.opener);
                  },
                }).suspend
              : undefined
          }
          note={flows && <flows.RevokeNote cluster={cluster} tokenId={revoking.token.id} />}
          unsettled={unsettled.get(revoking.token.id)}
          onUnsettled={(id, step) => setUnsettled((steps) => withStep(steps, id, step))}
          opener={revoking.opener}
          rowElement={rowElement}
          rowAfter={rowAfter}
          onTouched={context.onTouched}
          onClose={() => setRevoking(undefined)}
          onView={context.onView}
        />
      )}
    </Page>
  );
}

const NO_NAMES: readonly string[] = [];

const NO_IDS: ReadonlySet<string> = new Set();

/** Room for what floats above the last rows while some are selected, in px; on a phone it has two lines. */
const COVERED = 96;

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

function PageTitle({ title }: { title: string }) {
  useEffect(() => {
    document.title = `${title} · Tokenward`;
  }, [title]);
  return null;
}
