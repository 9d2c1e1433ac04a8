import { PageLink } from "#app/layout/page-link.tsx";
import { EmptyState } from "#app/ui/empty-state.tsx";
import { paths } from "#app/paths.ts";
import { FullPageState } from "./full-page-state.tsx";

export function NotFoundPage() {
  return (
    <FullPageState>
      <EmptyState
        icon="circle-help"
        title="There is no such page"
        reason="The address may be old or mistyped."
        action={<PageLink to={paths.home}>Go to the tokens</PageLink>}
      />
    </FullPageState>
  );
}
