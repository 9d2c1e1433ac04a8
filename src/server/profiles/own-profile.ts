/** The cluster that Tokenward keeps itself, as the configuration names it. */
export interface OwnProfile {
  name: string;
  slug: string;
  product: "own";
}
