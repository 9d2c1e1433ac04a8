/** With commas between thousands, as in the English that surrounds it. */
export function countText(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ",");
}

/** "1 token", "12 tokens". */
export function tokensText(count: number): string {
  return `${countText(count)} ${count === 1 ? "token" : "tokens"}`;
}
