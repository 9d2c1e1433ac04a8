import { Button } from "#app/ui/button.tsx";
import styles from "./waiting-news.module.css";

/** Floats above the rows, which must not move when it comes, and belongs to the table, which holds still meanwhile. */
export function WaitingNews({ count, onShow }: { count: number; onShow: () => void }) {
  return (
    <div role="status">
      {count > 0 && (
        <div className={styles.newsBar}>
          {count === 1
            ? "1 change since this list was drawn."
            : `${count} changes since this list was drawn.`}
          <Button size="small" onClick={onShow}>
            Show
          </Button>
        </div>
      )}
    </div>
  );
}
