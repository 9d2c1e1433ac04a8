import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answerOidc, startOidc } from "#app/api/oidc-api.ts";
import { getSession } from "#app/api/session-api.ts";
import { enterSession } from "./session-queries.ts";

/** What the identity provider is called; null without one, undefined until that is known. */
export function useOidcName(): string | null | undefined {
  const { data, fetchStatus } = useQuery({
    queryKey: ["sign-in-ways"],
    queryFn: async ({ signal }) => {
      const session = await getSession(signal);
      return session.signedIn ? null : (session.oidc?.name ?? null);
    },
    staleTime: Infinity,
    // Who is signed in hears nothing of it: what was answered then is of no use the next time.
    gcTime: 0,
    // Nobody waits for it: there are other ways.
    retry: false,
  });
  return fetchStatus === "fetching" ? data : (data ?? null);
}

/** Leads this tab to the identity provider. `returnTo` undefined: the tab is there for signing in alone. */
export function useOidcStart() {
  return useMutation({
    mutationFn: async (returnTo: string | undefined) => window.location.assign(await startOidc(returnTo)),
    gcTime: 0,
  });
}

/** Signs in with what the provider sent the browser back with. */
export function useOidcAnswer() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: answerOidc,
    // The answer's code is in the variables: it must not outlive the page.
    gcTime: 0,
    onSuccess: ({ session }) => enterSession(client, session),
  });
}
