import { removalOf, tokenNameOf } from "./token-name.ts";
import { useEffect, useState, type ReactNode } from "react";
import type { Capability } from "#contract/cluster.ts";
import { isSuspended, tokenStatus } from "#contract/token.ts";
import { CommandList } from "#app/features/detail/command-list.tsx";
import { commandsFor } from "#app/features/detail/commands.ts";
import { CopyableId, DetailFacts, type DetailFact } from "#app/features/detail/detail-facts.tsx";
import {
  useOneToken,
  useTokenHistory,
  type Reading,
  type TokenAddress,
} from "#app/features/detail/detail-queries.ts";
import { DetailSection } from "#app/features/detail/detail-section.tsx";
import styles from "#app/features/detail/detail.module.css";
import { HistoryList } from "#app/features/detail/history-list.tsx";
import { PermissionList } from "#app/features/detail/permission-list.tsx";
import { drawStatus } from "#app/features/tokens/token-cells.tsx";
import { ownerKeys, ownerOf, type ListedToken } from "#app/features/tokens/token-index.ts";
import type { TokenActions } from "#app/features/tokens/token-menus.tsx";
import { tokensQuery } from "#app/features/tokens/token-queries.ts";
import { columnNames } from "#app/features/tokens/token-words.ts";
import { PageLink } from "#app/layout/page-link.tsx";
import { paths } from "#app/paths.ts";
import { Button } from "#app/ui/button.tsx";
import { classNames } from "#app/ui/class-names.ts";
import { Notice } from "#app/ui/notice.tsx";
import { UserText } from "#app/ui/user-text.tsx";
import { visibleText } from "#app/ui/visible-text.ts";
import { ReadSheet } from "./read-sheet.tsx";
import { instantWords } from "./token-facts.tsx";
import { absentWords } from "./token-change-words.ts";
import type { FlowContext } from "./token-flow.ts";
import { useSay, type Say } from "#app/ui/vocabulary.ts";

export interface TokenSheetProps {
  tokenId: string;
  context: FlowContext;
  /** What may be done with a token beside revoking it. */
  actionsOf: (
    token: ListedToken,
    context: FlowContext,
  ) => Pick<TokenActions, "edit" | "rotate" | "suspend" | "restore">;
  /** Leads to the list when the sheet was not opened from there. */
  closeSheet: () => void;
}

type SheetToken = ListedToken & { createdBy?: string | undefined };

/** UTF-16 units that stand in the title; more is a fact of its own. */
const LONGEST_TITLE = 120;

/** Everything that is known of one token, at an address of its own. */
export function TokenSheet({ tokenId, context, actionsOf, closeSheet }: TokenSheetProps) {
  const { kind, cluster, list, listProblem, now } = context;
  const ids = { accountId: cluster.accountId, clusterId: cluster.clusterId };
  const address: TokenAddress = { kind, ids, id: tokenId, listKey: tokensQuery(kind, ids).queryKey };
  const row = list?.index.rowOf(tokenId);
  const listed = row === undefined ? undefined : list?.index.tokenAt(row);
  // Before the list is there, it is likely to say it. After, it has to be asked for.
  const unlisted = listed === undefined && (list?.complete === true || listProblem !== undefined);
  const read = useOneToken(address, unlisted);
  const reading: Reading<SheetToken> = listed === undefined ? read : { state: "there", value: listed };
  const [last, setLast] = useState<SheetToken>();
  if (reading.state === "there" && reading.value !== last) setLast(reading.value);

  // A cluster may leave revoked tokens out of what it tells: what was known here a moment ago still is.
  const gone = reading.state === "absent" && last !== undefined;
  const token = reading.state === "there" ? reading.value : gone ? last : undefined;
  const name = token === undefined ? undefined : visibleText(token.description, LONGEST_TITLE).trim();
  const word = tokenNameOf(kind, cluster);
  const title = name === undefined ? word : name || "No description";
  useDocumentTitle(`${token === undefined ? tokenId : name || tokenId} · ${word}`);

  return (
    <ReadSheet
      title={title}
      noun="token"
      rowKey={tokenId}
      reading={reading}
      footer={
        token === undefined || gone ? undefined : (
          <Actions token={token} context={context} actions={actionsOf(token, context)} />
        )
      }
      absent={{
        reason: (
          <>
            {kind === "database" ? "This cluster" : "This account"} has no {lowerCased(word)} with the ID{" "}
            <span className={classNames(styles.mono, styles.block)}>{visibleText(tokenId, 200)}</span>
          </>
        ),
        action: `Show ${word}s`,
      }}
      closeSheet={closeSheet}
    >
      {token && <TokenDetail token={token} gone={gone} context={context} address={address} now={now} />}
    </ReadSheet>
  );
}

/** "database token", "API token": what is written in capital letters stays so. */
function lowerCased(name: string): string {
  return name.replace(/\b[A-Z](?=[a-z])/g, (letter) => letter.toLowerCase());
}

function useDocumentTitle(title: string): void {
  useEffect(() => {
    const before = document.title;
    document.title = `${title} · Tokenward`;
    return () => {
      document.title = before;
    };
  }, [title]);
}

interface TokenDetailProps {
  token: SheetToken;
  /** The server does not tell of it any more. */
  gone: boolean;
  context: FlowContext;
  address: TokenAddress;
  now: number;
}

function TokenDetail({ token, gone, context, address, now }: TokenDetailProps) {
  const { kind, cluster } = context;
  const history = useTokenHistory(address);
  const say = useSay();
  const permissions = token.permissions ?? [];
  return (
    <>
      {gone && (
        <div className={styles.notice}>
          <Notice tone="amber" title="The cluster does not list this token any more">
            {say(absentWords(cluster))}
          </Notice>
        </div>
      )}
      <DetailFacts facts={factsOf(token, context)} />
      <DetailSection title="Permissions">
        {kind === "management" ? (
          <p className={styles.quiet}>
            A management token may do everything in its account that the person who made it may.
          </p>
        ) : permissions.length === 0 ? (
          <p className={styles.quiet}>
            {isSuspended(token)
              ? "None while it is suspended. What it had is kept, and comes back when it is restored."
              : "None: it authenticates, and may read and write nothing."}
          </p>
        ) : (
          <PermissionList permissions={permissions} label="Permissions" />
        )}
      </DetailSection>
      <DetailSection title="History">
        <HistoryList history={history} when={(instant) => instantWords(instant, now)} />
        <p className={styles.more}>
          <PageLink to={`${paths.activity(cluster.slug)}?${new URLSearchParams({ token: token.id })}`}>
            Show in Activity
          </PageLink>
        </p>
      </DetailSection>
      <DetailSection title="The same as a command">
        <p className={styles.intro}>
          For a POSIX shell. <code>curl</code> asks this gateway and takes the management token from{" "}
          <code>$MANAGEMENT_TOKEN</code>
          {cluster.product === "own" || cluster.product === "dedicated" || cluster.product === "clustered" ? (
            <>
              ; <code>influxctl</code> asks the cluster of its own profile.
            </>
          ) : (
            "."
          )}
        </p>
        <CommandList
          groups={commandsFor(token, {
            kind,
            product: cluster.product,
            accountId: cluster.accountId,
            clusterId: cluster.clusterId,
            origin: window.location.origin,
            canSuspend: cluster.capabilities.suspendDatabaseToken.allowed,
            isOffered: !context.commandsOnly,
          })}
        />
      </DetailSection>
    </>
  );
}

function factsOf(token: SheetToken, { now, credentialId }: FlowContext): DetailFact[] {
  const facts: DetailFact[] = [];
  const fact = (label: string, value: ReactNode) => facts.push({ label, value });
  if (visibleText(token.description, LONGEST_TITLE) !== token.description) {
    fact("Description", <UserText text={token.description} flow="wrap" limit={10_000} />);
  }
  fact(
    "Status",
    <>
      {drawStatus(token, { now, credentialId }, { tabIndex: -1, attended: true })}
      <StatusReason token={token} now={now} />
      {token.id === credentialId && <div>This session acts with it.</div>}
    </>,
  );
  fact("Token ID", <CopyableId id={token.id} label="Copy token ID" />);
  if (token.tokenPrefix !== undefined) {
    fact("Prefix", <span className={styles.mono}>{visibleText(token.tokenPrefix, 40)}…</span>);
  }
  for (const key of ownerKeys) {
    const name = ownerOf(token, key);
    if (name !== "") fact(columnNames[key], <OwnerName name={name} id={token[`${key}Id`]} />);
  }
  fact("Created", instantWords(token.createdAt, now));
  if (token.createdBy !== undefined) fact("Created by", <UserText text={token.createdBy} flow="wrap" />);
  fact("Expires", token.expiresAt === undefined ? "Never" : instantWords(token.expiresAt, now));
  if (token.suspendedAt !== undefined) {
    fact(
      token.isDeactivated === true ? "Last changed" : "Suspended",
      <>
        {instantWords(token.suspendedAt, now)}
        {token.suspendedBy !== undefined && (
          <>
            , by <UserText text={token.suspendedBy} flow="wrap" />
          </>
        )}
        {!isSuspended(token) && token.revokedAt === undefined && (
          <div className={styles.more}>
            Somebody gave it permissions since, so it may do what is listed below.
          </div>
        )}
      </>,
    );
  }
  return facts;
}

/** With its id, which tells two of the same name apart. */
function OwnerName({ name, id }: { name: string; id: string | undefined }) {
  return (
    <>
      <UserText text={name} flow="wrap" />
      {id !== undefined && id !== name && (
        <div className={classNames(styles.more, styles.mono)}>{visibleText(id, 200)}</div>
      )}
    </>
  );
}

/** Why it has its status, and since when exactly. */
function StatusReason({ token, now }: { token: SheetToken; now: number }) {
  switch (tokenStatus(token, now)) {
    case "revoked":
      return token.revokedAt === undefined ? null : (
        <div className={styles.more}>Revoked {instantWords(token.revokedAt, now)}</div>
      );
    case "expired":
      return token.expiresAt === undefined ? null : (
        <div className={styles.more}>Expired {instantWords(token.expiresAt, now)}</div>
      );
    case "active":
      return isSuspended(token) ? (
        <div className={styles.more}>
          {token.isDeactivated === true
            ? "It is refused, and keeps the permissions that are listed below."
            : "It still authenticates, and may do nothing."}
        </div>
      ) : null;
  }
}

interface ActionsProps {
  token: ListedToken;
  context: FlowContext;
  actions: Pick<TokenActions, "edit" | "rotate" | "suspend" | "restore">;
}

function Actions({ token, context, actions: { edit, rotate, suspend, restore } }: ActionsProps) {
  const { kind, cluster, now, startRevoke } = context;
  const say = useSay();
  const mayRevoke =
    kind === "database"
      ? cluster.capabilities.revokeDatabaseToken
      : cluster.capabilities.revokeManagementToken;
  // One button, so that what had the focus before still has it after.
  const pause = suspend ?? restore;
  return (
    <>
      {edit !== undefined && (
        <Button icon="pencil" {...offered(edit)}>
          Edit Token
        </Button>
      )}
      {rotate !== undefined && (
        <Button icon="rotate" {...offered(rotate)}>
          Rotate Token
        </Button>
      )}
      {pause !== undefined && (
        <Button icon={suspend === undefined ? "rotate" : "pause"} {...offered(pause)}>
          {say(suspend === undefined ? "Restore Token" : "Suspend Token")}
        </Button>
      )}
      {suspend !== undefined && restore !== undefined && (
        <Button icon="rotate" {...offered(restore)}>
          {say("Restore Token")}
        </Button>
      )}
      <Button
        icon="ban"
        variant="danger"
        disabledReason={refusal(mayRevoke, tokenStatus(token, now) === "revoked", say)}
        onClick={(event) => startRevoke(token, event.currentTarget)}
      >
        {`${removalOf(kind, cluster) === "revoke" ? "Revoke" : "Delete"} Token`}
      </Button>
    </>
  );
}

function offered(action: (() => void) | string) {
  return typeof action === "string" ? { disabledReason: action } : { onClick: action };
}

function refusal(capability: Capability, revoked: boolean, say: Say): string | undefined {
  if (!capability.allowed) return capability.reason;
  return revoked ? say("This token is revoked already.") : undefined;
}
