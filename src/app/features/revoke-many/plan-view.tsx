import type { ReactNode } from "react";
import { Checkbox } from "#app/ui/checkbox.tsx";
import { Icon } from "#app/ui/icon.tsx";
import { Notice } from "#app/ui/notice.tsx";
import { numberText } from "#app/ui/number-text.ts";
import { UserText } from "#app/ui/user-text.tsx";
import { visibleText } from "#app/ui/visible-text.ts";
import { tokensText } from "./count-words.ts";
import type { Protection, RevokePlan } from "./plan.ts";
import { IN_USE } from "./report.ts";
import styles from "./revoke-many.module.css";
import { TokenRows } from "./token-rows.tsx";
import { useSay } from "#app/ui/vocabulary.ts";
import "#app/ui/more-icons.ts";

export interface PlanViewProps {
  plan: RevokePlan;
  /** The consequences in sum. */
  consequences: ReactNode;
  ticked: ReadonlySet<string>;
  onTick: (id: string, on: boolean) => void;
  /** "Active", "Expired 3 months ago": what tells tokens of one description apart. */
  factsOf: (token: RevokePlan["revoke"][number]) => string;
}

const protections: Record<Protection, string> = {
  in_use: IN_USE,
  last_active: "It would be the last active management token: nobody could manage the account without one.",
};

/** What would be done, and what of the list would not. */
export function PlanView({ plan, consequences, ticked, onTick, factsOf }: PlanViewProps) {
  const { revoke, expired, revokedAlready, spared, ambiguous, notFound, repeated } = plan;
  const say = useSay();
  return (
    <>
      {revoke.length === 0 ? (
        <Notice tone="info" title={say("There is nothing to revoke")} />
      ) : (
        <>
          <p className={styles.warning}>
            <Icon name="triangle-alert" />
            {say(`You are about to revoke ${tokensText(revoke.length)}`)}
          </p>
          <TokenRows label={say("Tokens to revoke")} tokens={revoke} />
        </>
      )}
      {expired > 0 && (
        <p className={styles.quiet}>
          {expired === revoke.length
            ? expired === 1
              ? "It has expired already."
              : "All of them have expired already."
            : `${numberText(expired)} of them ${expired === 1 ? "has" : "have"} expired already.`}
        </p>
      )}
      {ambiguous.map(({ text, tokens }) => (
        <Notice key={text} tone="amber" icon="circle-help">
          <fieldset className={styles.choices}>
            <legend>
              <UserText text={text} flow="wrap" limit={300} /> may mean {tokensText(tokens.length)}.{" "}
              {say("Tick those to revoke.")}
            </legend>
            {tokens.map((token) => (
              <Checkbox
                key={token.id}
                label={visibleText(token.id)}
                hint={factsOf(token)}
                checked={ticked.has(token.id)}
                disabled={token.revokedAt !== undefined}
                onChange={(on) => onTick(token.id, on)}
              />
            ))}
          </fieldset>
        </Notice>
      ))}
      {spared.length > 0 && (
        <section aria-labelledby="revoke-many-spared">
          <h3 id="revoke-many-spared" className={styles.heading}>
            Protected:{" "}
            {spared.length === 1 ? "1 token is left alone" : `${spared.length} tokens are left alone`}
          </h3>
          <TokenRows
            label="Protected tokens"
            tokens={spared.map(({ token, why }) => ({ ...token, note: say(protections[why]) }))}
          />
        </section>
      )}
      {revokedAlready.length > 0 && (
        <section aria-labelledby="revoke-many-already">
          <h3 id="revoke-many-already" className={styles.heading}>
            {say("Revoked already")}: {tokensText(revokedAlready.length)}
          </h3>
          <TokenRows label={say("Tokens that are revoked already")} tokens={revokedAlready} />
        </section>
      )}
      {notFound.length > 0 && <NotFound entries={notFound} />}
      {repeated > 0 && (
        <p className={styles.quiet}>
          {repeated === 1
            ? "1 entry named what another had named before; it counts once."
            : `${numberText(repeated)} entries named what others had named before; each token counts once.`}
        </p>
      )}
      {revoke.length > 0 && (
        <>
          {consequences}
          <p className={styles.quiet}>
            Immediate, and cannot be undone. Clients that use{" "}
            {revoke.length === 1 ? "this token" : "these tokens"} need new ones.
          </p>
        </>
      )}
    </>
  );
}

const NAMED = 20;

function NotFound({ entries }: { entries: readonly string[] }) {
  const rest = entries.length - NAMED;
  return (
    <Notice
      tone="amber"
      title={
        entries.length === 1
          ? "Not found: 1 entry. No token of this list has that ID or description."
          : `Not found: ${numberText(entries.length)} entries. No token of this list has one of these IDs or descriptions.`
      }
    >
      <ul className={styles.entries}>
        {entries.slice(0, NAMED).map((entry) => (
          <li key={entry}>
            <UserText text={entry} flow="wrap" limit={200} />
          </li>
        ))}
        {rest > 0 && <li>and {numberText(rest)} more</li>}
      </ul>
    </Notice>
  );
}
