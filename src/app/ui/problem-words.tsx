import { RequestId } from "./request-id.tsx";
import { UserText } from "./user-text.tsx";

export interface ProblemWordsProps {
  problem: { reason: string; requestId: string | undefined };
}

/** Why something failed, and what to quote to whoever reads the gateway's log. */
export function ProblemWords({ problem: { reason, requestId } }: ProblemWordsProps) {
  return (
    <>
      <UserText text={reason} flow="wrap" limit={2000} />
      <RequestId id={requestId} />
    </>
  );
}
