import { numberText } from "#app/ui/number-text.ts";

/** "1 token", "12 tokens". */
export function tokensText(count: number): string {
  return `${numberText(count)} ${count === 1 ? "token" : "tokens"}`;
}
