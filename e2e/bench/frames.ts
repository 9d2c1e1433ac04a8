/** Headless Chromium makes 60 frames a second. */
const FRAME_MILLIS = 1000 / 60;

/**
 * How many frames were missing between these, given the times at which requestAnimationFrame called back: in a gap of
 * more than one and a half frame times, each further frame that there was time for. It counts what the main thread
 * was too late for; scrolling itself is the compositor's and may have gone on over rows that were not drawn yet.
 */
export function droppedFrames(times: readonly number[]): number {
  let dropped = 0;
  for (const [at, time] of times.entries()) {
    const gap = time - (times[at - 1] ?? time);
    dropped += Math.max(0, Math.round(gap / FRAME_MILLIS) - 1);
  }
  return dropped;
}
