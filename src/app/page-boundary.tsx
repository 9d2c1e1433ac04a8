import { Component, type ReactNode } from "react";
import { Button } from "#app/ui/button.tsx";
import { EmptyState } from "#app/ui/empty-state.tsx";
import { FullPageState } from "#app/pages/full-page-state.tsx";

/** A fault of our own shows as a page with a way on, never as a blank screen. React reports it to the console. */
export class PageBoundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children;
    return (
      <FullPageState>
        <EmptyState
          role="alert"
          icon="circle-alert"
          title="This page failed"
          reason="It is a fault of Tokenward, not of your tokens. Nothing was sent that you did not confirm."
          action={<Button onClick={() => window.location.reload()}>Load the page again</Button>}
        />
      </FullPageState>
    );
  }
}
