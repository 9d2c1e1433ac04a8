/** What the page of either kind of token says. */
export const screenWords = {
  database: {
    sentence: "What applications read and write databases with.",
    searchHint: "Search description or ID",
  },
  management: {
    sentence: "What people and scripts manage the account with, its tokens included.",
    searchHint: "Search description, ID or prefix",
  },
} as const;
