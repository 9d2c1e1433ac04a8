/** The `[oidc]` table of the configuration, checked. */
export interface OidcSettings {
  /** As it is written; https, or http on a loopback name. */
  issuer: string;
  clientId: string;
  clientSecret: string | undefined;
  /** Separated by spaces; `openid` is one of them. */
  scopes: string;
  /** Whom the access tokens must be meant for. */
  audience: string | undefined;
  /** What people call the identity provider. */
  name: string;
  /** Absolute. */
  caFile: string | undefined;
  /** The slugs of the clusters that take the access tokens; at least one. */
  slugs: ReadonlySet<string>;
}
