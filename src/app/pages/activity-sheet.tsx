import { useEffect } from "react";
import type { ActivityDeed } from "#contract/activity.ts";
import type { Cluster } from "#contract/cluster.ts";
import { toMillis } from "#contract/instant.ts";
import { drawOutcome } from "#app/features/activity/activity-columns.tsx";
import { useDeed } from "#app/features/activity/activity-queries.ts";
import { actionWords, kindWords, outcomeSentences } from "#app/features/activity/activity-words.ts";
import { CopyableId, DetailFacts, type DetailFact } from "#app/features/detail/detail-facts.tsx";
import { DetailSection } from "#app/features/detail/detail-section.tsx";
import detail from "#app/features/detail/detail.module.css";
import { DescriptionChange, PermissionList } from "#app/features/token-form/change-parts.tsx";
import { diffPermissions } from "#app/features/token-form/permission-diff.ts";
import { PageLink } from "#app/layout/page-link.tsx";
import { paths } from "#app/paths.ts";
import { Notice } from "#app/ui/notice.tsx";
import { UserText } from "#app/ui/user-text.tsx";
import { visibleText } from "#app/ui/visible-text.ts";
import { useSay, type Say } from "#app/ui/vocabulary.ts";
import styles from "./activity-sheet.module.css";
import { ReadSheet } from "./read-sheet.tsx";
import { instantWords } from "./token-facts.tsx";

export interface ActivitySheetProps {
  deedId: string;
  cluster: Cluster;
  /** Milliseconds of the server's clock. */
  now: number;
  /** Leads to the list when the sheet was not opened from there. */
  closeSheet: () => void;
}

/** UTF-16 units that stand in the title; all of it is a fact of its own. */
const LONGEST_TITLE = 120;

/** Everything that is recorded of one deed, at an address of its own. */
export function ActivitySheet({ deedId, cluster, now, closeSheet }: ActivitySheetProps) {
  const reading = useDeed(cluster.slug, deedId);
  const say = useSay();
  const deed = reading.state === "there" ? reading.value : undefined;
  const title = deed === undefined ? "Action" : titleOf(deed, say);
  useEffect(() => {
    document.title = `${title} · Activity · Tokenward`;
  }, [title]);

  return (
    <ReadSheet
      title={title}
      noun="action"
      rowKey={deedId}
      reading={reading}
      absent={{
        reason: "The record of this cluster has none at this address.",
        action: "Show Activity",
      }}
      closeSheet={closeSheet}
    >
      {deed && <Deed deed={deed} cluster={cluster} now={now} />}
    </ReadSheet>
  );
}

function titleOf({ action, description, tokenId }: ActivityDeed, say: Say): string {
  const name = visibleText(description ?? "", LONGEST_TITLE).trim() || visibleText(tokenId ?? "");
  return name === "" ? say(actionWords[action]) : `${say(actionWords[action])}: ${name}`;
}

function Deed({ deed, cluster, now }: { deed: ActivityDeed; cluster: Cluster; now: number }) {
  return (
    <>
      <OutcomeNotice deed={deed} />
      <DetailFacts facts={factsOf(deed, cluster, now)} />
      <DetailSection title={deed.outcome === "done" ? "What it changed" : "What it was to change"}>
        <DeedChanges deed={deed} />
      </DetailSection>
      <DetailSection title="In the record">
        <p className={detail.intro}>
          Each row holds the hash of the one before it, so that none can be changed or taken out of the middle
          without a trace.
        </p>
        <ol className={styles.rows} aria-label="Rows of the record">
          {deed.rows.map(({ seq, at, hash, previousHash }, position) => (
            <li key={seq}>
              <p className={styles.row}>
                <span className={detail.what}>
                  Row {seq}, {position === 0 ? "the intent" : "the outcome"}
                </span>
                <span className={detail.when}>{instantWords(at, now)}</span>
              </p>
              <DetailFacts
                facts={[
                  {
                    label: "Hash",
                    value: (
                      <CopyableId id={hash} label={`Copy hash of row ${seq}`}>
                        {inHalves(hash)}
                      </CopyableId>
                    ),
                  },
                  {
                    label: "Before it",
                    value: <span className={detail.mono}>{inHalves(previousHash)}</span>,
                  },
                ]}
              />
            </li>
          ))}
        </ol>
      </DetailSection>
    </>
  );
}

/** A hash that is broken in its middle where it has to be broken. */
function inHalves(hash: string) {
  return (
    <>
      {visibleText(hash.slice(0, 32))}
      <wbr />
      {visibleText(hash.slice(32))}
    </>
  );
}

/** Why it does not say that something happened. */
function OutcomeNotice({ deed: { outcome, problem } }: { deed: ActivityDeed }) {
  if (outcome === "done") return null;
  return (
    <div className={detail.notice}>
      <Notice tone={outcome === "not_done" ? "info" : "amber"} title={outcomeSentences[outcome]}>
        {problem !== undefined && (
          <>
            <p>
              <UserText text={problem.message} flow="wrap" limit={2000} /> (status {problem.status},{" "}
              {visibleText(problem.reason, 100)})
            </p>
            {problem.upstream !== undefined && (
              <p>
                InfluxDB says (status {problem.upstream.status}):{" "}
                <UserText text={problem.upstream.message} flow="wrap" limit={2000} />
              </p>
            )}
          </>
        )}
      </Notice>
    </div>
  );
}

function factsOf(deed: ActivityDeed, { slug }: Cluster, now: number): DetailFact[] {
  const { tokenId, kind, description, session, endedAt } = deed;
  return [
    { label: "Outcome", value: drawOutcome(deed, false) },
    { label: "Who", value: <UserText text={deed.actor} flow="wrap" limit={2000} /> },
    ...(session === undefined
      ? []
      : [{ label: "Session", value: <CopyableId id={session} label="Copy session" /> }]),
    { label: "When", value: instantWords(deed.at, now) },
    // Most end at once, and the same words twice would say nothing.
    ...(endedAt === undefined || toMillis(endedAt) - toMillis(deed.at) < 1000
      ? []
      : [{ label: "Ended", value: instantWords(endedAt, now) }]),
    {
      label: kindWords[kind],
      value:
        description === undefined ? (
          <span className={detail.quiet}>Not known by name</span>
        ) : (
          <UserText text={description} empty="No description" flow="wrap" limit={10_000} />
        ),
    },
    ...(tokenId === undefined
      ? []
      : [
          {
            label: "Token ID",
            value: (
              <>
                <CopyableId id={tokenId} label="Copy token ID" />
                <PageLink to={paths.token(kind, slug, tokenId)}>Show this token</PageLink>
              </>
            ),
          },
        ]),
    { label: "Request ID", value: <CopyableId id={deed.requestId} label="Copy request ID" /> },
  ];
}

/** What the token was before and after, as the difference. */
function DeedChanges({ deed: { action, outcome, before, after, kind } }: { deed: ActivityDeed }) {
  if (before === undefined && after === undefined) {
    return (
      <p className={detail.quiet}>
        {outcome === "not_done"
          ? "Of what was not done, what was asked for is not kept."
          : "Nothing of the token is recorded with it."}
      </p>
    );
  }
  const from = before?.description;
  const to = after?.description;
  const had = before?.permissions;
  const has = after?.permissions;
  // What is taken away with the whole token is a list, and no difference.
  if (action === "revoke") {
    return kind === "management" ? (
      <p className={detail.quiet}>A management token may do everything in its account that its maker may.</p>
    ) : (
      <PermissionList
        heading="It could"
        permissions={had ?? []}
        tone="taken"
        empty="Nothing: it had no permissions."
      />
    );
  }
  const { granted, taken, unchanged } = diffPermissions(had ?? [], has ?? had ?? []);
  const isRenamed = from !== undefined && to !== undefined && from !== to;
  const isSame = !isRenamed && granted.length === 0 && taken.length === 0;
  return (
    <div className={styles.changes}>
      {isRenamed && <DescriptionChange before={from} after={to} />}
      <PermissionList heading="Taken away" permissions={taken} tone="taken" />
      <PermissionList heading="Granted" permissions={granted} tone="granted" />
      <PermissionList heading="Unchanged" permissions={unchanged} />
      {isSame && unchanged.length === 0 && (
        <p className={detail.quiet}>
          {action === "create" && kind === "database"
            ? "It was made without permissions."
            : action === "create"
              ? "A management token may do everything in its account that its maker may."
              : "No difference is recorded."}
        </p>
      )}
    </div>
  );
}
