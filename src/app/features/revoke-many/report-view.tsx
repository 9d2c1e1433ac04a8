import { Button } from "#app/ui/button.tsx";
import { CopyButton } from "#app/ui/copy-button.tsx";
import { RequestId } from "#app/ui/request-id.tsx";
import { UserText } from "#app/ui/user-text.tsx";
import { tokensText } from "./count-words.ts";
import { downloadText } from "./download-file.ts";
import { countRows, countsText, reportCsv, reportStates, stateNames, type ReportRow } from "./report.ts";
import styles from "./revoke-many.module.css";
import { TokenRows } from "./token-rows.tsx";
import { useSay } from "#app/ui/vocabulary.ts";

export interface ReportViewProps {
  rows: readonly ReportRow[];
  /** Of the file, without its ending. */
  fileName: string;
}

/** What became of each token: what needs somebody comes first. */
export function ReportView({ rows, fileName }: ReportViewProps) {
  const say = useSay();
  const counts = countRows(rows);
  const csv = reportCsv(rows, say);
  return (
    <>
      <p className={styles.state} role="status">
        {`${tokensText(rows.length)}: ${say(countsText(counts))}`}
      </p>
      <div className={styles.actions}>
        <Button size="small" onClick={() => downloadText(`${fileName}.csv`, "text/csv;charset=utf-8", csv)}>
          Download CSV
        </Button>
        <CopyButton value={csv} label="Copy report" showLabel />
      </div>
      {reportStates
        .filter((state) => counts[state] > 0)
        .map((state) => (
          <section key={state} aria-labelledby={`revoke-report-${state}`}>
            <h3 id={`revoke-report-${state}`} className={styles.heading}>
              {say(stateNames[state])}: {tokensText(counts[state])}
            </h3>
            <TokenRows
              label={say(stateNames[state])}
              tokens={rows.filter((row) => row.state === state).map(shownRow)}
            />
          </section>
        ))}
    </>
  );
}

function shownRow({ id, description, detail, requestId }: ReportRow) {
  if (detail === "" && requestId === undefined) return { id, description };
  return {
    id,
    description,
    note: (
      <>
        <UserText text={detail} flow="wrap" limit={1000} />
        <RequestId id={requestId} />
      </>
    ),
  };
}
