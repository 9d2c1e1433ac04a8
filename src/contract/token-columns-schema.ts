import * as z from "zod/mini";
import { permissionSchema } from "./permission-schema.ts";
import { textSchema } from "./text-schema.ts";

const numbers = z.array(z.int());

/** An element of a list in the form of TOKEN_COLUMNS; see token-columns.ts. */
export const listPartSchema = z.union([
  z.object({
    id: z.array(textSchema.check(z.minLength(1))),
    description: z.array(textSchema),
    createdAt: numbers,
    expiresAt: numbers,
    revokedAt: numbers,
    written: numbers,
    permissions: z.array(permissionSchema),
    permissionCounts: numbers,
    permissionPlaces: numbers,
  }),
  z.object({ rows: z.array(z.unknown()) }),
]);
