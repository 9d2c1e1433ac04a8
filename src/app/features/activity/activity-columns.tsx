import type { ReactNode } from "react";
import type { ActivityEntry, ActivityOutcome } from "#contract/activity.ts";
import { toMillis } from "#contract/instant.ts";
import type { DataColumn } from "#app/table/columns.ts";
import { Icon } from "#app/ui/icon.tsx";
import { StatusDot, type StatusTone } from "#app/ui/status-dot.tsx";
import { drawUserText, UserText } from "#app/ui/user-text.tsx";
import { visibleText } from "#app/ui/visible-text.ts";
import { VisuallyHidden } from "#app/ui/visually-hidden.tsx";
import type { Say } from "#app/ui/vocabulary.ts";
import { reasonOf, type ActivitySortKey } from "./activity-index.ts";
import styles from "./activity-table.module.css";
import { actionWords, columnNames, kindWords, outcomeSentences, outcomeWords } from "./activity-words.ts";
import { shortText } from "./short-time.ts";
import "#app/ui/more-icons.ts";

/** What the cells need besides their deed. */
export interface ActivityScene {
  /** Milliseconds of the server's clock. */
  now: number;
  say: Say;
  /** "3 minutes ago". Milliseconds. */
  relative: (millis: number, now: number) => string;
  /** An instant to the second with its zone. */
  exact: (instant: string) => string;
}

export type ActivityColumn = DataColumn<ActivityEntry, ActivityScene> & { id: ActivitySortKey };

/** UTF-16 units: more than the widest column shows. */
const LONGEST_LINE = 300;
const LONGEST_TOOLTIP = 2000;
const LONGEST_ID = 80;

const tones: Record<ActivityOutcome, StatusTone> = {
  done: "green",
  not_done: "neutral",
  unknown: "unknown",
  started: "amber",
};

const DONE = <StatusDot tone="green">{outcomeWords.done}</StatusDot>;
const NO_TOKEN = <span className={styles.absent}>None came of it</span>;
const KIND = {
  database: (
    <>
      <Icon name="database" className={styles.kind} />
      <VisuallyHidden>{kindWords.database} </VisuallyHidden>
    </>
  ),
  management: (
    <>
      <Icon name="key" className={styles.kind} />
      <VisuallyHidden>{kindWords.management} </VisuallyHidden>
    </>
  ),
};

/** How a deed ended: a word with a shape of its own. */
export function drawOutcome({ outcome }: Pick<ActivityEntry, "outcome">, attended: boolean): ReactNode {
  if (outcome === "done") return DONE;
  return (
    <StatusDot tone={tones[outcome]} title={attended ? outcomeSentences[outcome] : undefined}>
      {outcomeWords[outcome]}
    </StatusDot>
  );
}

const time: ActivityColumn = {
  id: "time",
  header: columnNames.time,
  track: "minmax(112px, 236px)",
  area: "time",
  draw: ({ at }, { now, relative, exact }, { attended }) => (
    <time dateTime={at} title={attended ? `${exact(at)} (${at})` : undefined} className={styles.time}>
      <span className={styles.relative}>{relative(Math.min(toMillis(at), now), now)}</span>
      <span className={styles.clock}>{shortText(at)}</span>
    </time>
  ),
};
const who: ActivityColumn = {
  id: "who",
  header: columnNames.who,
  track: "minmax(112px, 2fr)",
  area: "who",
  verbatim: true,
  tooltip: ({ actor }) => visibleText(actor, LONGEST_TOOLTIP),
  draw: ({ actor }) => drawUserText(actor, LONGEST_LINE),
};
const action: ActivityColumn = {
  id: "action",
  header: columnNames.action,
  track: "84px",
  area: "action",
  draw: ({ action: done }, { say }) => say(actionWords[done]),
};
const token: ActivityColumn = {
  id: "token",
  header: columnNames.token,
  track: "minmax(140px, 3fr)",
  area: "token",
  draw: ({ kind, description, tokenId }, _scene, { attended }) => (
    <span className={styles.token}>
      {KIND[kind]}
      {description === undefined && tokenId === undefined ? (
        NO_TOKEN
      ) : (
        <UserText
          text={description ?? ""}
          empty={tokenId === undefined || description !== undefined ? "No description" : "Not known by name"}
          limit={LONGEST_LINE}
          title={attended && description ? visibleText(description, LONGEST_TOOLTIP) : undefined}
        />
      )}
      {tokenId !== undefined && (
        <span className={styles.id} title={attended ? visibleText(tokenId, LONGEST_TOOLTIP) : undefined}>
          {visibleText(shortId(tokenId), LONGEST_ID)}
        </span>
      )}
    </span>
  ),
};
const outcome: ActivityColumn = {
  id: "outcome",
  header: columnNames.outcome,
  track: "92px",
  area: "outcome",
  draw: (entry, _scene, { attended }) => drawOutcome(entry, attended),
};
const reason: ActivityColumn = {
  id: "reason",
  header: columnNames.reason,
  track: "minmax(96px, 2fr)",
  area: "reason",
  draw: (entry, _scene, { attended }) => {
    const words = reasonOf(entry);
    if (words === "") return null;
    return (
      <UserText
        text={words}
        limit={LONGEST_LINE}
        title={attended ? visibleText(words, LONGEST_TOOLTIP) : undefined}
        className={styles.reason}
      />
    );
  },
};

export const activityColumns: readonly ActivityColumn[] = [time, who, action, token, outcome, reason];

/** The first and last characters of an id: enough to tell two apart. */
function shortId(id: string): string {
  return id.length <= 16 ? id : `${id.slice(0, 8)}…${id.slice(-4)}`;
}
