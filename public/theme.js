// Runs before the first paint, so that a dark page is never white for a moment. A classic script: the policy
// allows files of this origin, not inline code. Shares its key and event with src/app/layout/theme.ts.
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
