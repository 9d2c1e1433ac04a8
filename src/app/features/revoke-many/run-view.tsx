import { useEffect, useState, useSyncExternalStore } from "react";
import type { RevokeRunner, RunPause, RunProgress } from "./revoke-runs.ts";
import { Notice } from "#app/ui/notice.tsx";
import styles from "./revoke-many.module.css";
import { numberText } from "#app/ui/number-text.ts";
import { useSay } from "#app/ui/vocabulary.ts";

export function useRunProgress(runner: RevokeRunner): RunProgress {
  return useSyncExternalStore(runner.subscribe, runner.progress);
}

const pauses: Record<RunPause, { title: string; detail: string }> = {
  failures: {
    title: "Paused: three in a row were not revoked.",
    detail: "Something may be wrong with all of them. Continue with the rest, or stop and read the report.",
  },
  session_ended: {
    title: "Paused: your session had ended.",
    detail: "What was refused for that was not attempted. Sign in, then continue.",
  },
  offline: {
    title: "Paused: this browser is offline.",
    detail: "Nothing more was sent. Continue when it is online again.",
  },
};

/** "34 of 214, 2 failed": how far a run is. */
export function progressText({ total, done, notDone, unknown }: RunProgress): string {
  const words = [`${numberText(done + notDone + unknown)} of ${numberText(total)}`];
  if (notDone > 0) words.push(`${numberText(notDone)} failed`);
  if (unknown > 0) words.push(`${numberText(unknown)} unknown`);
  return words.join(", ");
}

export function RunView({ runner }: { runner: RevokeRunner }) {
  const say = useSay();
  const progress = useRunProgress(runner);
  const { phase, total, done, notDone, unknown } = progress;
  const settled = done + notDone + unknown;
  const seconds = useSecondsUntil(phase.phase === "waiting" ? phase.until : undefined);
  return (
    <>
      <div className={styles.progress}>
        <p className={styles.count}>{progressText(progress)}</p>
        <progress className={styles.bar} aria-label="Tokens" max={total} value={settled} />
        {/* Every step would be too much to listen to. */}
        <p className={styles.hint} role="status">
          {phase.phase === "running" && "At most four at a time. Leaving this page would interrupt the run."}
          {phase.phase === "stopping" && "Stopping: those under way are finished."}
        </p>
      </div>
      <div aria-live="assertive">
        {phase.phase === "waiting" && (
          <Notice tone="info" title="The server asked for a pause.">
            {seconds > 0 ? `It goes on by itself in ${seconds} s.` : "It goes on by itself."}
          </Notice>
        )}
        {phase.phase === "paused" && (
          <Notice tone="amber" icon="pause" title={say(pauses[phase.why].title)}>
            {pauses[phase.why].detail}
          </Notice>
        )}
      </div>
    </>
  );
}

/** Whole seconds that are left until a time of our clock in milliseconds; 0 without one. */
function useSecondsUntil(until: number | undefined): number {
  const [now, setNow] = useState(0);
  useEffect(() => {
    if (until === undefined) return;
    const tell = () => setNow(Date.now());
    const timer = setInterval(tell, 250);
    return () => clearInterval(timer);
  }, [until]);
  return until === undefined || now === 0 ? 0 : Math.max(0, Math.ceil((until - now) / 1000));
}
