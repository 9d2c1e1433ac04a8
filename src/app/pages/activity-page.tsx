import { useEffect, useMemo, useRef, useState, useSyncExternalStore, type KeyboardEvent } from "react";
import { useLocation, useNavigate, useParams } from "react-router";
import type { ActivityEntry } from "#contract/activity.ts";
import { createActivityIndex } from "#app/features/activity/activity-index.ts";
import { exportPath, useActivity } from "#app/features/activity/activity-queries.ts";
import { isReadToEnd } from "#app/features/activity/activity-record.ts";
import { ActivityNotices, NoActivity } from "#app/features/activity/activity-states.tsx";
import { ActivityTable } from "#app/features/activity/activity-table.tsx";
import { ActivityToolbar } from "#app/features/activity/activity-toolbar.tsx";
import {
  filterOf,
  formatActivityView,
  parseActivityView,
  withoutFilters,
} from "#app/features/activity/activity-view-state.ts";
import { countWords } from "#app/features/activity/activity-words.ts";
import { useHeldRecord } from "#app/features/activity/use-held-record.ts";
import { useSingleKeys } from "#app/features/keys/key-preference.ts";
import { useShortcut } from "#app/features/keys/use-shortcut.ts";
import { FailedList } from "#app/features/tokens/list-notices.tsx";
import { clockText, exactText, relativeText } from "#app/features/tokens/time-text.ts";
import { createTokenIndex } from "#app/features/tokens/token-index.ts";
import { useServerNow } from "#app/features/tokens/use-server-now.ts";
import { useAddressView } from "#app/features/tokens/use-token-view.ts";
import { WaitingNews } from "#app/features/tokens/waiting-news.tsx";
import { PageHeader } from "#app/layout/page-header.tsx";
import { Page } from "#app/layout/page.tsx";
import { paths } from "#app/paths.ts";
import type { DataTableHandle } from "#app/table/data-table.tsx";
import { createPresence } from "#app/table/presence.ts";
import { TableArea } from "#app/table/table-area.tsx";
import { allowLoadingAhead } from "#app/ui/lazy-module.ts";
import { VocabularyProvider } from "#app/ui/vocabulary.ts";
import { ActivitySheet } from "./activity-sheet.tsx";
import { useCluster } from "./cluster-context.ts";
import { wordsOf } from "./product-words.ts";
import { FROM_LIST } from "./token-flow.ts";

/** No token of it expires: the clock only moves on. */
const NO_TOKENS = createTokenIndex([]);
const NOTHING = createActivityIndex([]);

/** Who did what to the tokens of a cluster, the newest first. */
export function ActivityPage() {
  const { cluster } = useCluster();
  const { slug, removal, suspension, hasManagementTokens } = cluster;
  const say = useMemo(() => wordsOf({ removal, suspension }), [removal, suspension]);
  const control = useAddressView(parseActivityView, formatActivityView);
  const { view, change } = control;
  const { record: latest, problem, isFetching, refetch } = useActivity(slug);
  const { deedId } = useParams();
  const { search: query } = useLocation();
  const navigate = useNavigate();
  const keysOn = useSingleKeys();
  const table = useRef<DataTableHandle>(null);
  const search = useRef<HTMLInputElement>(null);
  const [presence] = useState(createPresence);
  const isOnTable = useSyncExternalStore(
    presence.subscribe,
    () => presence.get().pointer || presence.get().focus,
  );
  const held = useHeldRecord(latest, isOnTable);
  const record = held.shown;
  const now = useServerNow(record?.clockOffset ?? 0, NO_TOKENS);

  const entries = record?.entries;
  const index = useMemo(() => (entries === undefined ? NOTHING : createActivityIndex(entries)), [entries]);
  // Only a period moves on with the clock.
  const sinceNow = view.period === undefined ? 0 : now;
  const filter = useMemo(() => filterOf(view, sinceNow), [view, sinceNow]);
  const rows = useMemo(() => index.query(filter, view.sort), [index, filter, view.sort]);
  const scene = useMemo(() => ({ now, say, relative: relativeText, exact: exactText }), [now, say]);

  const total = index.entries.length;
  const isComplete = record !== undefined && record.older === undefined;
  const isFull = record !== undefined && isReadToEnd(record);
  const loading = record === undefined && problem === undefined;

  useEffect(() => {
    if (!loading) allowLoadingAhead();
  }, [loading]);

  useEffect(() => {
    if (deedId === undefined) document.title = "Activity · Tokenward";
  }, [deedId]);

  const open = ({ id }: Pick<ActivityEntry, "id">) =>
    void navigate(`${paths.activity(slug)}/${encodeURIComponent(id)}${query}`, { state: FROM_LIST });
  const onRowKey = (event: KeyboardEvent<HTMLElement>) => {
    if (event.key === "Escape") search.current?.focus();
  };
  useShortcut("/", () => {
    search.current?.focus();
    search.current?.select();
  });
  const clear = () => {
    change({ ...withoutFilters(view), text: "" });
    search.current?.focus();
  };

  return (
    <VocabularyProvider value={say}>
      <Page>
        <PageHeader
          title="Activity"
          count={
            record === undefined
              ? undefined
              : countWords(total, rows.length, isComplete, !isFull && isFetching && problem === undefined)
          }
          sentence="Who did what to the tokens of this cluster through this gateway."
        />
        <ActivityToolbar
          control={control}
          index={index}
          hasKinds={hasManagementTokens}
          hrefOf={(format) => exportPath(slug, format, filter)}
          shown={rows.length}
          isComplete={isComplete}
          searchRef={search}
          keysOn={keysOn}
          toRows={() => table.current?.focusRow(0)}
        />
        {record !== undefined && (
          <ActivityNotices
            problem={problem}
            isComplete={isComplete}
            isFull={isFull}
            total={total}
            age={`${clockText(record.receivedAt)} (${relativeText(record.receivedAt, Math.max(now - record.clockOffset, record.receivedAt))})`}
            onRetry={refetch}
            retrying={isFetching}
            unreadable={record.unreadable}
          />
        )}
        <TableArea
          presence={presence}
          floats={
            <WaitingNews
              count={held.waiting}
              onShow={() => {
                held.show();
                table.current?.focusInSight();
              }}
            />
          }
        >
          <ActivityTable
            index={index}
            rows={rows}
            question={formatActivityView(view).toString()}
            sort={view.sort}
            onSort={(sort) => change({ sort })}
            onRowKey={onRowKey}
            onOpen={open}
            chosenKey={deedId}
            loading={loading}
            partial={!isComplete}
            busy={!isFull && isFetching}
            empty={
              rows.length > 0 ? undefined : record === undefined ? (
                problem !== undefined && (
                  <FailedList
                    title="The activity could not be read"
                    problem={{ ...problem, refused: false }}
                    onRetry={refetch}
                    retrying={isFetching}
                  />
                )
              ) : (
                <NoActivity
                  total={total}
                  isComplete={isComplete}
                  isFull={isFull}
                  problem={problem}
                  view={view}
                  onClear={clear}
                />
              )
            }
            scene={scene}
            handle={table}
          />
        </TableArea>
        {deedId !== undefined && (
          <ActivitySheet
            key={deedId}
            deedId={deedId}
            cluster={cluster}
            now={now}
            closeSheet={() => void navigate(paths.activity(slug) + query, { replace: true })}
          />
        )}
      </Page>
    </VocabularyProvider>
  );
}
