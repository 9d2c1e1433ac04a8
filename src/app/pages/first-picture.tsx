import type { ReactNode } from "react";
import type { QueryClient } from "@tanstack/react-query";
import type { Cluster } from "#contract/cluster.ts";
import type { StartData } from "#contract/start-data.ts";
import { firstPart } from "#app/features/tokens/first-part.ts";
import { singleKeysOn } from "#app/features/keys/key-preference.ts";
import type { TokenView } from "#app/features/tokens/token-index.ts";
import type { TokenList } from "#app/features/tokens/token-list.ts";
import type { TokenKind } from "#app/features/tokens/token-queries.ts";
import { parseTokenView, sortKeysFor } from "#app/features/tokens/token-view-state.ts";
import { columnNames, filterChips } from "#app/features/tokens/token-words.ts";
import { chipRoom, columnsOf, WIDE } from "#app/features/tokens/tokens-table.tsx";
import { AppShellPicture } from "#app/layout/app-shell.tsx";
import { PageHeader } from "#app/layout/page-header.tsx";
import { Page } from "#app/layout/page.tsx";
import { paths } from "#app/paths.ts";
import { createPresence } from "#app/table/presence.ts";
import { TableArea } from "#app/table/table-area.tsx";
import { TablePicture } from "#app/table/table-picture.tsx";
import { drawTableToolbar } from "#app/table/table-toolbar.tsx";
import { drawButton } from "#app/ui/button.tsx";
import { painted } from "#app/ui/painted.ts";
import { appendPlain } from "#app/ui/plain-dom.ts";
import { Switch } from "#app/ui/switch.tsx";
import { NARROW } from "#app/ui/use-media-query.ts";
import { countWords, soFarWords } from "./count-words.ts";
import { screenWords } from "./screen-words.ts";
import { tokenNameOf } from "./token-name.ts";

/** Px of a window that rows never have: the least that stands above them. */
const ABOVE = 160;

/**
 * Paints the page with the first rows of the list that start.js asked for, before react-dom is there: to run its code and
 * to draw a first page takes twice as long as the rows take to come. Nothing in it can be pressed. React draws the same
 * in its place.
 */
export async function paintFirstPicture(
  client: QueryClient,
  start: StartData,
  root: HTMLElement,
): Promise<void> {
  const shown = shownList(start);
  if (shown === undefined) return;
  const { kind, cluster } = shown;
  const view = parseTokenView(new URLSearchParams(location.search), sortKeysFor(kind, cluster.hasOwners));
  // With filters it has more parts.
  if (filterChips(view).length > 0) return;
  const list = await firstPart(client, kind, cluster);
  if (list === undefined) return;
  const now = Date.now() + list.clockOffset;
  const rows = list.index.query({ ...view, now });
  if (rows.length === 0) return;
  const { actor } = start.session.signedIn ? start.session : {};
  const credentialId = actor?.kind === "management_token" ? actor.managementTokenId : undefined;
  const picture = document.createElement("div");
  picture.inert = true;
  // The same said to what goes by roles and knows no inert elements, such as tools that drive browsers.
  picture.ariaHidden = "true";
  appendPlain(picture, drawPage({ ...shown, view, list, rows, now, credentialId }));
  root.append(picture);
  await painted();
}

interface ShownList {
  kind: TokenKind;
  cluster: Cluster;
}

interface PictureProps extends ShownList {
  view: TokenView;
  list: TokenList;
  /** Row numbers of the list's index, in the order shown. */
  rows: Uint32Array;
  /** Milliseconds of the server's clock. */
  now: number;
  credentialId: string | undefined;
}

/** A page of tokens without what has hooks. */
function drawPage({ kind, cluster, view, list, rows, now, credentialId }: PictureProps): ReactNode {
  const { index, complete } = list;
  const { createDatabaseToken, createManagementToken } = cluster.capabilities;
  const { allowed } = kind === "database" ? createDatabaseToken : createManagementToken;
  const { sentence, searchHint } = screenWords[kind];
  const tokenName = tokenNameOf(kind, cluster);
  const cards = matchMedia(NARROW).matches;
  return (
    <AppShellPicture>
      <Page>
        <PageHeader
          title={`${tokenName}s`}
          count={complete ? countWords(index.counts(now), rows.length) : soFarWords(index.total, true)}
          sentence={sentence}
          action={drawButton({
            variant: "primary",
            "aria-disabled": !allowed || undefined,
            children: `Add ${tokenName}`,
          })}
        />
        {drawTableToolbar({
          control: { view, setText: () => {} },
          readOnly: true,
          searchHint,
          keysOn: singleKeysOn(),
          sortName: columnNames[view.sort.by],
          children: <Switch label="Show Inactive Tokens" checked={view.inactive} onChange={() => {}} />,
        })}
        <TableArea presence={createPresence()} floats={null}>
          <TablePicture
            columns={columnsOf(kind)}
            rowCount={rows.length}
            rowAt={(position) => index.tokenAt(rows[position]!)}
            keyAt={(position) => index.idAt(rows[position]!)}
            scene={{ now, credentialId, room: chipRoom(cards, matchMedia(WIDE).matches, true) }}
            sort={view.sort}
            cards={cards}
            height={innerHeight - ABOVE}
          />
        </TableArea>
      </Page>
    </AppShellPicture>
  );
}

/** The list whose page this is, nothing else being open in it. Undefined where it has parts which are still to be loaded. */
function shownList({ clusters = [] }: StartData): ShownList | undefined {
  const { pathname } = location;
  const cluster = clusters.find(({ slug, isDefault }) =>
    pathname === paths.home ? isDefault : pathname.startsWith(`/clusters/${slug}/`),
  );
  if (cluster?.hasManagementTokens !== true) return undefined;
  // Where an address leads to a list it becomes that list's, as by the routes: else React would draw an empty page first.
  if (pathname === paths.home) history.replaceState(null, "", paths.databaseTokens(cluster.slug));
  switch (location.pathname) {
    case paths.databaseTokens(cluster.slug):
      return { kind: "database", cluster };
    case paths.managementTokens(cluster.slug):
      return { kind: "management", cluster };
    default:
      return undefined;
  }
}
