export type { Permission } from "./permission-schema.ts";

/** The resource that stands for every database of the cluster, present and future. */
export const ALL_DATABASES = "*";
