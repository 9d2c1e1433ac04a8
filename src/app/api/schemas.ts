import * as z from "zod/mini";
import { clusterSchema } from "#contract/cluster.ts";
import { databaseSchema } from "#contract/database.ts";
import { tokenChangesSchema } from "#contract/list-changes-schema.ts";
import { managementTokenSchema } from "#contract/management-token.ts";
import { problemSchema } from "#contract/problem.ts";
import { sessionSchema } from "#contract/session.ts";
import { tokenSchema } from "#contract/token-schema.ts";

// Compiling parsers at run time needs eval, which the policy forbids; asking for it would be reported.
z.config({ jitless: true });

/** What answers are parsed with. A chunk of its own: most of what the first paint needs is known to be good without. */
export const schemas = {
  clusters: z.array(clusterSchema),
  databases: z.array(databaseSchema),
  managementToken: managementTokenSchema,
  problem: problemSchema,
  session: sessionSchema,
  token: tokenSchema,
  tokenChanges: tokenChangesSchema,
};
