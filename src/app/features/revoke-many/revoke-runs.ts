// What components need to know of a run.
export type { RevokeRunner, RunPause, RunProgress } from "#app/api/revoke-run.ts";
