// Runs before the first paint and before the application's code, which is still on its way. A classic script: the
// policy allows files of this origin, not inline code.

// What a page of tokens is for is asked for at once, as src/app/api would ask for it; src/app/api/early-list.ts takes
// the answer over. Addresses that lead elsewhere, and whatever is not as expected, are left to the application.
(() => {
  /** What the gateway put into the page; see src/contract/start-data.ts. */
  function startData() {
    try {
      return JSON.parse(document.getElementById("tokenward-start")?.textContent ?? "null");
    } catch {
      return null;
    }
  }

  /** The path of the list that an address shows. */
  function listPath(pathname, start) {
    if (start?.session?.signedIn !== true || !Array.isArray(start.clusters)) return undefined;
    const [, slug, page] = /^\/clusters\/([^/]+)(?:\/(database|management)-tokens)?$/.exec(pathname) ?? [];
    if (slug === undefined && pathname !== "/") return undefined;
    const cluster = start.clusters.find((one) =>
      slug === undefined ? one?.isDefault === true : one?.slug === slug,
    );
    if (typeof cluster?.accountId !== "string" || typeof cluster.clusterId !== "string") return undefined;
    // What would be refused is not asked for.
    if (cluster.access?.state !== "ready") return undefined;
    if (page === "management" && cluster.capabilities?.listManagementTokens?.allowed !== true)
      return undefined;
    const account = `/api/v0/accounts/${encodeURIComponent(cluster.accountId)}`;
    return page === "management"
      ? `${account}/management-tokens`
      : `${account}/clusters/${encodeURIComponent(cluster.clusterId)}/tokens`;
  }

  const path = listPath(location.pathname, startData());
  if (path === undefined) return;
  const abort = new AbortController();
  const answer = fetch(path, {
    headers: {
      Accept: "application/vnd.tokenward.token-columns+json, application/json",
      "X-Tokenward-Request": "background",
    },
    signal: abort.signal,
    credentials: "same-origin",
    redirect: "error",
    cache: "no-store",
  });
  const early = { path, answer, abort };
  answer.then(
    () => {
      early.answeredAt = Date.now();
    },
    // Its failure is news for who takes it over, and for nobody when nobody does.
    () => {},
  );
  window.tokenwardEarlyList = early;
})();

// A dark page is never white for a moment. Shares its key and event with src/app/layout/theme.ts.
(() => {
  const KEY = "tokenward.theme";
  const dark = matchMedia("(prefers-color-scheme: dark)");
  let preference = null;
  try {
    preference = localStorage.getItem(KEY);
  } catch {
    // Storage may be forbidden: then the system decides.
  }

  function apply() {
    const theme =
      preference === "light" || preference === "dark" ? preference : dark.matches ? "dark" : "light";
    document.documentElement.dataset.theme = theme;
  }

  apply();
  dark.addEventListener("change", apply);
  addEventListener("tokenward:theme", (event) => {
    preference = event.detail;
    apply();
  });
  addEventListener("storage", (event) => {
    // When all of the storage is cleared, as signing out does, the page keeps its look.
    if (event.key !== KEY) return;
    preference = event.newValue;
    apply();
  });
})();

// The first formatter of dates takes longer to make than all rows to draw, and the next one of its kind no time at all.
// While the code is on its way it is made for nothing; see src/app/features/tokens/time-text.ts.
setTimeout(() => new Intl.DateTimeFormat(undefined, { year: "numeric", month: "short", day: "numeric" }));
