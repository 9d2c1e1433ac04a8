import styles from "./request-id.module.css";

/** What to quote to whoever reads the gateway's log. Nothing where there is none. */
export function RequestId({ id }: { id: string | undefined }) {
  return id === undefined ? null : <div className={styles.requestId}>Request {id}</div>;
}
