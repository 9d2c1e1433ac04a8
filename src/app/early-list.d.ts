/** A list that src/app/start.js asked for while the application's code was still loading. */
interface EarlyList {
  /** Of our own origin, beginning with `/api/`. */
  path: string;
  answer: Promise<Response>;
  /** Milliseconds of the browser's clock when it came. */
  answeredAt?: number;
  abort: AbortController;
}

interface Window {
  tokenwardEarlyList?: EarlyList;
}
