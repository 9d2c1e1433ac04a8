import {
  Fragment,
  useEffect,
  useEffectEvent,
  useMemo,
  useRef,
  useState,
  type ReactNode,
  type RefObject,
} from "react";
import { createPortal } from "react-dom";
import { MOST_IN_A_RUN } from "#contract/revoke-run-key.ts";
import { tokenStatus } from "#contract/token.ts";
import { ConsequenceList, type SumConsequences } from "#app/features/revoke/consequence-list.tsx";
import { databaseConsequencesOf } from "#app/features/revoke/consequences-of-many.ts";
import { CountField } from "#app/features/revoke-many/count-field.tsx";
import { tokensText } from "#app/features/revoke-many/count-words.ts";
import { PasteStep } from "#app/features/revoke-many/paste-step.tsx";
import { PlanView } from "#app/features/revoke-many/plan-view.tsx";
import {
  meantByIds,
  meantByText,
  planOf,
  type Meant,
  type PlanToken,
  type RevokePlan,
} from "#app/features/revoke-many/plan.ts";
import { ReportView } from "#app/features/revoke-many/report-view.tsx";
import {
  countRows,
  endWords,
  IN_USE,
  isGone,
  recordedRow,
  reportRow,
  withList,
  withSpared,
  workLeft,
  type ReportRow,
  type RevokedAtOf,
  type RunEnd,
} from "#app/features/revoke-many/report.ts";
import {
  problemOf,
  useRunCalls,
  useRunRecord,
  type RevokeRun,
  type RunProblem,
} from "#app/features/revoke-many/revoke-run-queries.ts";
import type { RevokeRunner } from "#app/features/revoke-many/revoke-runs.ts";
import { RunView, useRunProgress } from "#app/features/revoke-many/run-view.tsx";
import { TokenRows } from "#app/features/revoke-many/token-rows.tsx";
import { useTypedCount } from "#app/features/revoke-many/typed-count.ts";
import styles from "#app/features/revoke-many/revoke-many.module.css";
import { holdPage } from "#app/features/session/page-hold.ts";
import { useLeaveWarning } from "#app/features/token-form/use-leave-warning.ts";
import { clockText, exactText, relativeText } from "#app/features/tokens/time-text.ts";
import type { ListedToken, TokenIndex } from "#app/features/tokens/token-index.ts";
import { useRunConnection } from "#app/features/tokens/token-run-mutations.ts";
import { toMillis } from "#contract/instant.ts";
import { Button } from "#app/ui/button.tsx";
import { Checkbox } from "#app/ui/checkbox.tsx";
import { Dialog } from "#app/ui/dialog.tsx";
import { Notice } from "#app/ui/notice.tsx";
import { numberText } from "#app/ui/number-text.ts";
import { ProblemWords } from "#app/ui/problem-words.tsx";
import { UserText } from "#app/ui/user-text.tsx";
import { actorIdentity } from "./actor-identity.ts";
import { useCluster } from "./cluster-context.ts";
import { beginRun, lookupOf } from "./revoke-many-run.ts";
import type { FlowContext } from "./token-flow.ts";
import { useSay } from "#app/ui/vocabulary.ts";
import { removalOf, tokenNameOf } from "./token-name.ts";

export type RevokeManySource =
  /** Without ids a list is asked for. */
  | { ids: readonly string[] }
  /** A run that was interrupted. */
  | { runId: string; report: boolean };

export interface RevokeManyFlowProps {
  context: FlowContext;
  source: RevokeManySource;
}

type Stage =
  | { stage: "pasting"; problem?: RunProblem }
  /** The pasted list is being looked up. */
  | { stage: "looking" }
  | { stage: "planning"; meant: Meant | undefined; problem: RunProblem | undefined }
  | { stage: "recording"; plan: RevokePlan }
  /** What the gateway knows of an earlier run is read, and shown. */
  | { stage: "reading" }
  | { stage: "running"; run: OwnedRun; runner: RevokeRunner; sends: boolean; consenter: string }
  | { stage: "report"; run: OwnedRun; rows: readonly ReportRow[]; end: RunEnd };

/** A run belongs to who began it: nobody else may read, continue or end it. */
interface OwnedRun {
  id: string;
  /** actorIdentity. */
  owner: string;
}

/** From many tokens, or a list of what they are called, over the plan and the run to the report. */
export function RevokeManyFlow({ context, source }: RevokeManyFlowProps) {
  const { kind, cluster, list, consenter, closeFlow } = context;
  const say = useSay();
  const actor = actorIdentity(useCluster().actor);
  const [buttons, setButtons] = useState<HTMLElement | null>(null);
  const calls = useRunCalls(cluster.slug);
  const connect = useRunConnection();
  const [stage, setStage] = useState<Stage>(() => {
    if ("runId" in source) return { stage: "reading" };
    if (source.ids.length === 0) return { stage: "pasting" };
    return { stage: "planning", meant: undefined, problem: undefined };
  });
  const [text, setText] = useState("");
  const [ticked, setTicked] = useState<ReadonlySet<string>>(NONE);
  const paste = useRef<HTMLTextAreaElement>(null);
  /** The harmless choice of each stage. */
  const harmless = useRef<HTMLButtonElement>(null);
  const index = list?.complete === true ? list.index : undefined;
  const revokedAtOf = useMemo(() => revokedIn(index), [index]);
  const underWay = stage.stage === "running" || stage.stage === "recording";
  const [wentBack, setWentBack] = useState(false);
  useLeaveWarning(underWay, holdPage, () => setWentBack(true));

  // Where going back cannot be stopped, the run is: nobody would see what becomes of it.
  const present = useRef<RevokeRunner>(undefined);
  const here = useRef(true);
  useEffect(() => {
    here.current = true;
    return () => {
      here.current = false;
      present.current?.stop();
    };
  }, []);

  // Another one's requests would belong to no run, and be answered for by who never asked for them.
  const sendsFor = stage.stage === "running" && stage.sends ? stage.run.owner : undefined;
  const actorNow = useRef(actor);
  useEffect(() => {
    actorNow.current = actor;
    if (sendsFor !== undefined && sendsFor !== actor) present.current?.stop();
  }, [sendsFor, actor]);

  // What was pressed to come here is gone with the stage before.
  const { stage: name } = stage;
  const first = useRef(true);
  useEffect(() => {
    if (!first.current && name !== "pasting") harmless.current?.focus();
    if (!first.current && name === "pasting") paste.current?.focus();
    first.current = false;
  }, [name]);

  const lookUp = async (complete: TokenIndex) => {
    setStage({ stage: "looking" });
    try {
      const lookup = await lookupOf(complete, context.now);
      setTicked(NONE);
      setStage({ stage: "planning", meant: meantByText(text, lookup), problem: undefined });
    } catch (error) {
      setStage({ stage: "pasting", problem: problemOf(error) });
    }
  };

  const runId = "runId" in source ? source.runId : undefined;
  const recorded = useRunRecord(cluster.slug, stage.stage === "reading" ? runId : undefined);

  const runOn = (ofRun: OwnedRun, rows: readonly ReportRow[], work: ReturnType<typeof workLeft>) => {
    const connection = connect({
      kind,
      ids: { accountId: cluster.accountId, clusterId: cluster.clusterId },
      runId: ofRun.id,
      onPatched: (ids) => context.onTouched(...ids),
    });
    const { runner, released } = beginRun(ofRun.id, work, connection);
    present.current = runner;
    setWentBack(false);
    setStage({
      stage: "running",
      run: ofRun,
      runner,
      sends: work.some(({ how }) => how === "send"),
      consenter,
    });
    void runner.finished.then(async () => {
      connection.close();
      if (!here.current) {
        // Its report was never on screen, so it is not over: it is offered, as after a reload.
        await released;
        calls.lookAgain();
        return;
      }
      const reported = rowsAfter(runner, rows, work);
      const [gone, failed] = [reported.filter(hasGone), reported.filter((row) => !hasGone(row))];
      context.select(gone.map(idOf), false);
      context.select(failed.map(idOf), true);
      setStage({
        stage: "report",
        run: ofRun,
        rows: reported,
        end: endOf(runner, ofRun.owner === actorNow.current),
      });
    });
  };

  // Not before it is on screen. What is not known may be looked at again there: then it is over when that is closed.
  const reportedRows = stage.stage === "report" ? stage.rows : NO_ROWS;
  const shownRows = useMemo(() => withList(reportedRows, revokedAtOf), [reportedRows, revokedAtOf]);
  const over =
    stage.stage === "report" &&
    stage.run.owner === actor &&
    shownRows.every(({ state }) => state !== "unknown")
      ? stage.run.id
      : undefined;
  const endRun = useEffectEvent((id: string) => void calls.end(id));
  useEffect(() => {
    if (over !== undefined) endRun(over);
  }, [over]);

  const close = () => {
    closeFlow();
    if (stage.stage === "report" && stage.run.owner === actor) void calls.end(stage.run.id);
    else calls.lookAgain();
  };

  const recordKey = useRef({ about: "", key: "" });
  const begin = async (plan: RevokePlan, meant: Meant | undefined) => {
    setStage({ stage: "recording", plan });
    setWentBack(false);
    const tokens = plan.revoke.map(({ id, description }) => ({ tokenId: id, description: cut(description) }));
    // Asked again after a lost answer it is the same run.
    const about = JSON.stringify([actor, tokens]);
    if (recordKey.current.about !== about) recordKey.current = { about, key: crypto.randomUUID() };
    const answer = await calls.record({ kind, tokens }, recordKey.current.key);
    // Left meanwhile. Nothing was sent, and that is what the list of runs says.
    if (!here.current) return calls.lookAgain();
    if ("problem" in answer) return setStage({ stage: "planning", meant, problem: answer.problem });
    try {
      const rows = plan.revoke.map((token) => reportRow(token, undefined));
      runOn({ id: answer.run.id, owner: actor }, rows, workLeft(rows));
    } catch (error) {
      setStage({ stage: "planning", meant, problem: problemOf(error) });
    }
  };

  const shared = { buttons, harmless, onClose: close };
  const isReport =
    stage.stage === "report" || (stage.stage === "reading" && "report" in source && source.report);
  return (
    <Dialog
      open
      tone="danger"
      size="wide"
      title={isReport ? "Report" : "runId" in source ? "Continue a run" : say(`Revoke ${nounOf(context)}s`)}
      closable={stage.stage !== "running" && stage.stage !== "recording"}
      onClose={close}
      initialFocus={stage.stage === "pasting" ? paste : harmless}
      returnFocus={context.returnFocus}
      footer={<div ref={setButtons} className={styles.buttons} />}
    >
      <Fragment
        key={stage.stage === "recording" ? "planning" : stage.stage === "looking" ? "pasting" : stage.stage}
      >
        {content()}
      </Fragment>
    </Dialog>
  );

  function content(): ReactNode {
    switch (stage.stage) {
      case "pasting":
      case "looking": {
        const looking = stage.stage === "looking";
        return (
          <Frame
            buttons={buttons}
            footer={
              <>
                <Button ref={harmless} onClick={close}>
                  Cancel
                </Button>
                <Button
                  variant="primary"
                  busy={looking}
                  disabledReason={
                    index === undefined
                      ? NOT_COMPLETE
                      : text.trim() === ""
                        ? "There is nothing in the list yet."
                        : undefined
                  }
                  onClick={() => index !== undefined && void lookUp(index)}
                >
                  Show Plan
                </Button>
              </>
            }
          >
            <PasteStep text={text} onText={setText} inputRef={paste} fixed={looking} />
            <div aria-live="assertive">
              {stage.stage === "pasting" && stage.problem !== undefined && (
                <ProblemNotice title="The list could not be looked up." problem={stage.problem} />
              )}
            </div>
          </Frame>
        );
      }
      case "planning":
      case "recording":
        return (
          <Planning
            {...shared}
            context={context}
            index={index}
            meant={stage.stage === "planning" ? stage.meant : undefined}
            ids={"ids" in source ? source.ids : NO_IDS}
            recorded={stage.stage === "recording" ? stage.plan : undefined}
            problem={stage.stage === "planning" ? stage.problem : undefined}
            ticked={ticked}
            onTick={(id, on) =>
              setTicked((present) => {
                const next = new Set(present);
                if (on) next.add(id);
                else next.delete(id);
                return next;
              })
            }
            onBack={
              "ids" in source && source.ids.length === 0 ? () => setStage({ stage: "pasting" }) : undefined
            }
            onRevoke={(plan, meant) => void begin(plan, meant)}
          />
        );
      case "reading":
        if (recorded.run === undefined) {
          return (
            <Frame
              buttons={buttons}
              footer={
                <>
                  <Button ref={harmless} onClick={close}>
                    Close
                  </Button>
                  {recorded.problem !== undefined && (
                    <Button variant="primary" onClick={recorded.retry}>
                      Retry
                    </Button>
                  )}
                </>
              }
            >
              {recorded.problem === undefined ? (
                <p role="status">Reading what the gateway knows of the run…</p>
              ) : (
                <ProblemNotice title="The run could not be read." problem={recorded.problem} />
              )}
            </Frame>
          );
        }
        if ("report" in source && source.report) {
          return (
            <Report
              {...shared}
              runId={recorded.run.id}
              rows={withList(recorded.run.items.map(recordedRow), revokedAtOf)}
              action={
                <Button
                  onClick={() => context.openFlow({ flow: "continue_revoke_run", runId: source.runId })}
                >
                  Continue…
                </Button>
              }
            />
          );
        }
        return (
          <Resuming
            {...shared}
            context={context}
            run={recorded.run}
            revokedAtOf={revokedAtOf}
            consenter={consenter}
            now={context.now}
            onEnd={(id) => {
              closeFlow();
              void calls.end(id);
            }}
            onContinue={(id, rows, work) => runOn({ id, owner: actor }, rows, work)}
          />
        );
      case "running":
        return <Running {...shared} {...stage} presentConsenter={consenter} wentBack={wentBack} />;
      case "report": {
        const work = workLeft(shownRows).filter(({ how }) => how === "look");
        return (
          <Report
            {...shared}
            runId={stage.run.id}
            rows={shownRows}
            end={stage.end}
            note={shownRows.every(hasGone) ? undefined : say("What was not revoked stays selected.")}
            action={
              work.length > 0 && (
                <Button onClick={() => runOn(stage.run, shownRows, work)}>
                  Check {tokensText(work.length)} again
                </Button>
              )
            }
          />
        );
      }
    }
  }
}

const NONE: ReadonlySet<string> = new Set();
const NO_IDS: readonly string[] = [];
const NO_ROWS: readonly ReportRow[] = [];

const idOf = ({ id }: ReportRow): string => id;
const hasGone = ({ state }: ReportRow): boolean => isGone(state);

/** When the list says that a token was revoked. Nothing, while it is not complete. */
function revokedIn(index: TokenIndex | undefined): RevokedAtOf {
  return (id) => {
    const row = index?.rowOf(id);
    const revokedAt = row === undefined ? undefined : index?.tokenAt(row).revokedAt;
    return revokedAt === undefined ? undefined : toMillis(revokedAt);
  };
}

/** What became of each token, of those that were not worked on as well. */
function rowsAfter(
  runner: RevokeRunner,
  rows: readonly ReportRow[],
  work: ReturnType<typeof workLeft>,
): ReportRow[] {
  const worked = new Set(work.map((each) => each.id));
  return rows.map((row) => {
    if (!worked.has(row.id)) return row;
    const outcome = runner.outcomeOf(row.id);
    // What was to be read and was not is as unknown as before.
    return outcome === undefined && row.state === "unknown" ? row : reportRow(row, outcome);
  });
}

function endOf(runner: RevokeRunner, sameActor: boolean): RunEnd {
  const { phase } = runner.progress();
  const why = phase.phase === "ended" ? phase.why : "stopped";
  return why === "stopped" && !sameActor ? "actor_changed" : why;
}

const NOT_COMPLETE = "The list is still being read, so what is in it is not known yet.";

interface FrameProps {
  /** Where the dialog has its buttons. */
  buttons: HTMLElement | null;
  /** What has focus when the stage begins. */
  harmless: RefObject<HTMLButtonElement | null>;
  onClose: () => void;
  footer: ReactNode;
  children: ReactNode;
}

/** One stage in the dialog, which stays the same one through all of them. */
function Frame({ buttons, footer, children }: Pick<FrameProps, "buttons" | "footer" | "children">) {
  return (
    <>
      <div ref={fromItsBeginning} className={styles.sections}>
        {children}
      </div>
      {buttons !== null && createPortal(footer, buttons)}
    </>
  );
}

/** The stage before may have been scrolled. */
function fromItsBeginning(sections: HTMLElement | null): void {
  sections?.parentElement?.scrollTo({ top: 0 });
}

type SharedProps = Pick<FrameProps, "buttons" | "harmless" | "onClose">;

interface PlanningProps extends SharedProps {
  context: FlowContext;
  /** Undefined while the list is not complete. */
  index: TokenIndex | undefined;
  /** What a pasted list means; undefined: the ids. */
  meant: Meant | undefined;
  ids: readonly string[];
  /** The plan that is being recorded. */
  recorded: RevokePlan | undefined;
  problem: RunProblem | undefined;
  ticked: ReadonlySet<string>;
  onTick: (id: string, on: boolean) => void;
  onBack: (() => void) | undefined;
  onRevoke: (plan: RevokePlan, meant: Meant | undefined) => void;
}

function Planning(props: PlanningProps) {
  const { context, index, meant, ids, recorded, problem, ticked, onTick, onBack, onRevoke } = props;
  const { buttons, harmless, onClose } = props;
  const { kind, credentialId, now, consenter } = context;
  const say = useSay();
  const planned = useMemo(() => {
    if (index === undefined) return undefined;
    const tokenOf = (id: string): ListedToken | undefined => {
      const row = index.rowOf(id);
      return row === undefined ? undefined : index.tokenAt(row);
    };
    // As the latest list has them: somebody may have revoked one meanwhile.
    const latest =
      meant === undefined
        ? meantByIds(ids, tokenOf)
        : { ...meant, tokens: meant.tokens.map((token) => tokenOf(token.id) ?? token) };
    const { active } = index.counts(now);
    return planOf(latest, { ticked, kind, credentialId, active, now });
  }, [index, meant, ids, ticked, kind, credentialId, now]);
  const plan = recorded ?? planned;
  const consequences = useSumConsequences(context, index, plan);
  const about = useMemo(
    () => [consenter, ...(plan?.revoke.map(({ id }) => id) ?? [])].join("\n"),
    [consenter, plan],
  );
  const count = plan?.revoke.length ?? 0;
  const typed = useTypedCount(count, about);
  const tooMany = count > MOST_IN_A_RUN;
  const recording = recorded !== undefined;
  const revoke = () => {
    if (planned !== undefined && !recording && !tooMany && typed.matches) onRevoke(planned, meant);
  };
  return (
    <Frame
      buttons={buttons}
      footer={
        <>
          {onBack !== undefined && (
            <Button disabled={recording} onClick={onBack}>
              Back
            </Button>
          )}
          <Button ref={harmless} disabled={recording} onClick={onClose}>
            Cancel
          </Button>
          {count > 0 && (
            <Button
              variant="danger"
              busy={recording}
              disabled={!recording && (!typed.matches || tooMany)}
              onClick={revoke}
            >
              {say(recording ? "Revoking…" : `Revoke ${countedTokens(count, context)}`)}
            </Button>
          )}
        </>
      }
    >
      {plan === undefined ? (
        <Notice tone="info" title={NOT_COMPLETE} />
      ) : (
        <PlanView
          plan={plan}
          consequences={<ConsequenceList of={consequences} />}
          ticked={ticked}
          onTick={onTick}
          factsOf={(token) => factsOf(token, now)}
        />
      )}
      {tooMany && (
        <Notice
          tone="red"
          title={say(`One run takes ${numberText(MOST_IN_A_RUN)} tokens at most. Revoke them in several.`)}
        />
      )}
      {count > 0 && !tooMany && (
        <CountField count={count} typed={typed} disabled={recording} onEnter={revoke} />
      )}
      <div aria-live="assertive">
        {problem !== undefined && (
          <ProblemNotice
            title={say("Nothing was revoked: the run could not be recorded.")}
            problem={problem}
          />
        )}
      </div>
    </Frame>
  );
}

/** "Token", or what the product calls it where it has its own words for revoking as well. */
function nounOf({ kind, cluster }: Pick<FlowContext, "kind" | "cluster">): string {
  return removalOf(kind, cluster) === "revoke" ? "Token" : tokenNameOf(kind, cluster);
}

/** "12 Tokens", as a button says it. */
function countedTokens(count: number, context: Pick<FlowContext, "kind" | "cluster">): string {
  return `${numberText(count)} ${nounOf(context)}${count === 1 ? "" : "s"}`;
}

function useSumConsequences(
  { kind, list, listProblem, databases, databasesProblem, now }: FlowContext,
  index: TokenIndex | undefined,
  plan: RevokePlan | undefined,
): SumConsequences {
  const revoke = plan?.revoke;
  return useMemo((): SumConsequences => {
    const unsure = (reason: string) => ({ kind: "unsure", reason }) as const;
    if (index === undefined || list === undefined || revoke === undefined) return unsure(NOT_COMPLETE);
    if (list.unreadable.length > 0)
      return unsure("Some tokens could not be read, so what depends on these is not known.");
    if (listProblem !== undefined) {
      const age = `The list is of ${clockText(list.receivedAt)} and could not be read again`;
      return unsure(`${age}, so what depends on these tokens now is not known.`);
    }
    const going = revoke.flatMap(({ id }) => {
      const row = index.rowOf(id);
      return row === undefined ? [] : [index.tokenAt(row)];
    });
    if (kind === "management") {
      const active = going.filter((token) => tokenStatus(token, now) === "active").length;
      const othersActive = index.counts(now).active - active;
      return { kind: "management_sum", consequences: { inactive: active === 0, othersActive } };
    }
    if (databases === undefined) {
      return unsure(
        databasesProblem === undefined
          ? "The databases of this cluster are being read; what depends on these tokens is not known yet."
          : `The databases of this cluster could not be read, so what depends on these tokens is not known. ${databasesProblem.reason}`,
      );
    }
    const permitted = going.map((token) => ({ ...token, permissions: token.permissions ?? [] }));
    const rest = index.apply({ changed: [], removed: revoke.map(({ id }) => id) });
    return {
      kind: "database_sum",
      consequences: databaseConsequencesOf(permitted, rest, databases, now),
    };
  }, [kind, list, listProblem, databases, databasesProblem, now, index, revoke]);
}

function factsOf(token: PlanToken, now: number): string {
  const created = `created ${exactText(token.createdAt)}`;
  switch (tokenStatus(token, now)) {
    case "revoked":
      return `Revoked, ${created}`;
    case "expired":
      return `Expired, ${created}`;
    case "active":
      return `Active, ${created}`;
  }
}

interface ReportProps extends SharedProps {
  runId: string;
  rows: readonly ReportRow[];
  /** Undefined for a run that was interrupted. */
  end?: RunEnd;
  note?: string | undefined;
  action: ReactNode;
}

function Report(props: ReportProps) {
  const { buttons, harmless, onClose, runId, rows, end = "finished", note, action } = props;
  const why = endWords[end];
  return (
    <Frame
      buttons={buttons}
      footer={
        <>
          {action}
          <Button ref={harmless} variant="primary" onClick={onClose}>
            Close
          </Button>
        </>
      }
    >
      {why !== undefined && <Notice tone={end === "stopped" ? "info" : "amber"} role="status" title={why} />}
      <ReportView rows={rows} fileName={`revoke-run-${runId.slice(0, 8)}`} />
      {note !== undefined && <p className={styles.quiet}>{note}</p>}
    </Frame>
  );
}

interface ResumingProps extends SharedProps {
  context: FlowContext;
  run: RevokeRun;
  revokedAtOf: RevokedAtOf;
  consenter: string;
  now: number;
  onEnd: (runId: string) => void;
  onContinue: (runId: string, rows: readonly ReportRow[], work: ReturnType<typeof workLeft>) => void;
}

/** An interrupted run, and what is left of it. */
function Resuming(props: ResumingProps) {
  const { context, run, revokedAtOf, consenter, now, onEnd, onContinue, buttons, harmless, onClose } = props;
  const say = useSay();
  const { credentialId } = context;
  const rows = useMemo(
    () => withSpared(withList(run.items.map(recordedRow), revokedAtOf), credentialId, say),
    [run, revokedAtOf, credentialId, say],
  );
  const work = useMemo(() => workLeft(rows, credentialId), [rows, credentialId]);
  const spared = rows.some(({ id, state }) => id === credentialId && state === "not_attempted");
  const toSend = work.filter(({ how }) => how === "send").length;
  const toLook = work.length - toSend;
  const counts = countRows(rows);
  const typed = useTypedCount(toSend, `${consenter}\n${run.id}\n${toSend}`);
  const [nowhereElse, setNowhereElse] = useState(false);
  const may = toSend === 0 ? toLook > 0 : typed.matches && nowhereElse;
  const goOn = () => {
    if (may) onContinue(run.id, rows, work);
  };
  return (
    <Frame
      buttons={buttons}
      footer={
        <>
          <Button ref={harmless} onClick={onClose}>
            Cancel
          </Button>
          <Button onClick={() => onEnd(run.id)}>End Run</Button>
          {work.length > 0 && (
            <Button variant={toSend > 0 ? "danger" : "primary"} disabled={!may} onClick={goOn}>
              {toSend > 0
                ? say(`Revoke ${countedTokens(toSend, context)}`)
                : `Check ${countedTokens(toLook, context)}`}
            </Button>
          )}
        </>
      }
    >
      <p>
        A run of {tokensText(run.total)} began {relativeText(toMillis(run.startedAt), now)}, by{" "}
        <UserText text={run.startedBy} />, and was interrupted, or is under way in another browser.
      </p>
      <ul className={styles.losses}>
        <li>
          {tokensText(counts.revoked)} {say("revoked")}
        </li>
        {counts.already_gone > 0 && (
          <li>
            {tokensText(counts.already_gone)} {say("already gone: revoked by somebody else")}
          </li>
        )}
        {counts.not_revoked > 0 && <li>{tokensText(counts.not_revoked)} refused: never sent again</li>}
        {toLook > 0 && (
          <li>
            {tokensText(toLook)} to be read first: {toLook === 1 ? "it was" : "they were"} sent, and the
            answer is not known
          </li>
        )}
        <li>{tokensText(toSend)} not attempted</li>
        {spared && <li>1 token left alone: {say(IN_USE)}</li>}
      </ul>
      {toSend > 0 && (
        <>
          <TokensLeft rows={rows.filter(({ id }) => id !== credentialId)} />
          <p className={styles.quiet}>
            {say("Only those that were never sent are revoked now. It cannot be undone.")}
          </p>
          <Checkbox
            label="No other browser is working on it"
            hint={say("If one is, what is left is revoked from both. Each token is revoked once even so.")}
            checked={nowhereElse}
            onChange={setNowhereElse}
          />
          <CountField count={toSend} typed={typed} onEnter={goOn} />
        </>
      )}
    </Frame>
  );
}

function TokensLeft({ rows }: { rows: readonly ReportRow[] }) {
  const say = useSay();
  return (
    <TokenRows
      label={say("Tokens to revoke")}
      tokens={rows.filter(({ state }) => state === "not_attempted")}
    />
  );
}

interface RunningProps extends SharedProps {
  runner: RevokeRunner;
  /** Who consented, and who is here now. */
  consenter: string;
  presentConsenter: string;
  /** Going back was asked for, and held. */
  wentBack: boolean;
}

function Running(props: RunningProps) {
  const { runner, consenter, presentConsenter, wentBack, buttons, harmless } = props;
  const { phase, total, done, notDone, unknown } = useRunProgress(runner);
  const left = total - done - notDone - unknown;
  const [consentedBy, setConsentedBy] = useState(consenter);
  const typed = useTypedCount(left, `${presentConsenter}\n${left}`);
  const paused = phase.phase === "paused";
  const mustType = paused && consentedBy !== presentConsenter;
  const goOn = () => {
    setConsentedBy(presentConsenter);
    runner.goOn();
  };
  return (
    <Frame
      buttons={buttons}
      footer={
        <>
          <Button ref={harmless} busy={phase.phase === "stopping"} onClick={() => runner.stop()}>
            {phase.phase === "stopping" ? "Stopping…" : "Stop"}
          </Button>
          {paused && (
            <Button variant="danger" disabled={mustType && !typed.matches} onClick={goOn}>
              Continue
            </Button>
          )}
        </>
      }
    >
      <RunView runner={runner} />
      <div aria-live="assertive">
        {wentBack && (
          <Notice tone="amber" title="Going back would interrupt the run.">
            Stop it first to read its report. What was not attempted can be continued later.
          </Notice>
        )}
      </div>
      {mustType && (
        <>
          <p className={styles.quiet}>
            Another session began: who goes on answers for the {tokensText(left)} that are left.
          </p>
          <CountField count={left} typed={typed} onEnter={goOn} />
        </>
      )}
    </Frame>
  );
}

function ProblemNotice({ title, problem }: { title: string; problem: RunProblem }) {
  return (
    <Notice tone="red" title={title}>
      <ProblemWords problem={problem} />
    </Notice>
  );
}

/** UTF-16 units that a run's record keeps of a description. */
const RECORDED = 200;

/** The beginning of a text, never with half of a pair at its end, which no server would take. */
function cut(text: string): string {
  const begin = text.slice(0, RECORDED);
  return begin.isWellFormed() ? begin : begin.slice(0, -1);
}
