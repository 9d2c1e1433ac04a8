import styles from "./request-id.module.css";
import { visibleText } from "./visible-text.ts";

/** What to quote to whoever reads the gateway's log. Nothing where there is none. */
export function RequestId({ id }: { id: string | undefined }) {
  return id === undefined ? null : <div className={styles.requestId}>Request {visibleText(id, 200)}</div>;
}
