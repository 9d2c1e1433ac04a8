/** A part of the page that is fetched on demand did not come: the gateway is away, or was replaced by a newer one. */
export const NOT_LOADED = {
  tone: "warning",
  title: "This part of the page could not be loaded",
  detail: "Try again, or reload the page.",
} as const;
