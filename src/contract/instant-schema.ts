import * as z from "zod/mini";
import { isInstant } from "./instant.ts";

export const instantSchema = z
  .string()
  .check(z.refine(isInstant, "must be an RFC 3339 date and time, such as 2030-01-31T12:00:00Z"));
