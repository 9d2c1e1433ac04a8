import * as z from "zod/mini";
import { textFault } from "./text.ts";

/** A string that survives storage and transport unchanged. */
export const textSchema = z.string().check((context) => {
  const fault = textFault(context.value);
  if (fault !== undefined) context.issues.push({ code: "custom", message: fault, input: context.value });
});
