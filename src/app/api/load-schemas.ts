import { ApiError } from "./api-error.ts";
import type { schemas } from "./schemas.ts";

export type Schemas = typeof schemas;

/** As much of a schema as is asked of it. */
export interface Schema<T> {
  safeParse(
    value: unknown,
  ):
    | { success: true; data: T }
    | { success: false; error: { issues: readonly { path: PropertyKey[]; message: string }[] } };
}

let loading: Promise<Schemas> | undefined;

/** Loads them once. Throws ApiError `network` when that fails; the next call tries again. */
export function loadSchemas(): Promise<Schemas> {
  loading ??= import("./schemas.ts").then(
    ({ schemas }) => schemas,
    (cause: unknown) => {
      loading = undefined;
      throw new ApiError({ kind: "network" }, { cause });
    },
  );
  return loading;
}
