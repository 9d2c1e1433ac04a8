import { useEffect, useState, type ReactNode } from "react";
import { Button } from "#app/ui/button.tsx";
import { EmptyState } from "#app/ui/empty-state.tsx";
import { FullPageState } from "./full-page-state.tsx";

export interface LazyPageProps {
  load: () => Promise<unknown>;
  /** The page; undefined until it is loaded. */
  children: ReactNode;
}

/** A page that is loaded when it is shown. When that fails, this says so. */
export function LazyPage({ load, children }: LazyPageProps) {
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    load().catch(() => setFailed(true));
  }, [load]);

  if (children !== undefined || !failed) return children;
  return (
    <FullPageState>
      <EmptyState
        role="alert"
        icon="circle-alert"
        title="This page could not be loaded"
        reason="The gateway did not answer, or was replaced by a newer one."
        action={<Button onClick={() => window.location.reload()}>Load the page again</Button>}
      />
    </FullPageState>
  );
}
