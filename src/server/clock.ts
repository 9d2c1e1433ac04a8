/** Milliseconds since 1970. Injected wherever time decides something, so that tests can move it. */
export type Clock = () => number;

export const systemClock: Clock = () => Date.now();

export function toInstant(millis: number): string {
  return new Date(millis).toISOString();
}
