import type { ClusterEntry } from "./clusters.ts";
import { productWords } from "./products.ts";
import type { Configuration } from "./profiles/read-configuration.ts";
import type { Profile } from "./profiles/profile.ts";
import type { TokenService } from "./services/token-service.ts";

/**
 * The clusters of a configuration, in its order. `own`: what the database keeps itself, of which a profile stands for the
 * first; undefined where none does.
 */
export function configuredClusters(
  { clusters, defaultSlug, oidc }: Configuration,
  own: ClusterEntry | undefined,
  createService: (profile: Profile) => TokenService,
): ClusterEntry[] {
  return clusters.map(({ profile, linkRefusal }) => {
    const { name, slug } = profile;
    const isDefault = slug === defaultSlug;
    if (profile.product === "own") {
      if (own === undefined) throw new Error("the database keeps no cluster of its own");
      return { ...own, cluster: { ...own.cluster, name, slug, isDefault } };
    }
    const { product, url, accountId, clusterId } = profile;
    const service = createService(profile);
    return {
      cluster: {
        slug,
        name,
        product,
        ...productWords[product],
        accountId,
        // No product tells what an account is called.
        accountName: new URL(url).host,
        clusterId,
        isDefault,
        takesToken: true,
        capabilities: service.capabilities,
      },
      service,
      key: `${product} ${url} ${accountId} ${clusterId}`,
      takesOidc: oidc?.slugs.has(slug) === true,
      link: linkRefusal === undefined ? { credential: { kind: "profile" } } : { refusal: linkRefusal },
    };
  });
}
