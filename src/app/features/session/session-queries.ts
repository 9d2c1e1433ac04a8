import {
  queryOptions,
  useMutation,
  useQuery,
  useQueryClient,
  type Query,
  type QueryClient,
} from "@tanstack/react-query";
import type { Session, SignIn } from "#contract/session.ts";
import { onSessionEnded } from "#app/api/http.ts";
import { getSession, renewSession, signIn, signOut } from "#app/api/session-api.ts";
import { keepPreferences } from "./kept-preferences.ts";
import { isPageHeld } from "./page-hold.ts";

/** `left`: signed out on purpose, here or in another tab, as opposed to a session that ended under the page. */
export type SessionView = Session | { signedIn: false; left: true };

/** Who is signed in. Asking does not keep the session awake. */
export function sessionQuery() {
  return queryOptions({
    queryKey: ["session"] as const,
    queryFn: ({ signal }): Promise<SessionView> => getSession(signal),
    staleTime: 30_000,
    gcTime: Infinity,
  });
}

const ended: SessionView = { signedIn: false };
const left: SessionView = { signedIn: false, left: true };

/** Other tabs of this browser share the cookie; they are told, so that they follow. */
const tabs = "BroadcastChannel" in globalThis ? new BroadcastChannel("tokenward.session") : undefined;
type TabNews = "signed-in" | "signed-out";

/** Connects the session to what the wire and the other tabs say. Called once, before the first render. */
export function watchSession(client: QueryClient): void {
  onSessionEnded(() =>
    // A late answer must not turn a sign-out into a session that ended.
    client.setQueryData(sessionQuery().queryKey, (now) => (now !== undefined && !now.signedIn ? now : ended)),
  );
  let last: string | undefined;
  client.getQueryCache().subscribe(({ query }) => {
    if (query.queryKey[0] !== "session") return;
    const session = client.getQueryData(sessionQuery().queryKey);
    if (session?.signedIn !== true) return;
    const person = JSON.stringify(session.actor);
    // Nothing that the one before could see is shown to the next.
    if (last !== undefined && last !== person) void client.resetQueries({ predicate: isOfPerson });
    last = person;
  });
  tabs?.addEventListener("message", ({ data }: MessageEvent<TabNews>) => {
    if (data === "signed-out") forgetEverything(client, isPageHeld() ? isOfPerson : isNotSession);
    else void client.invalidateQueries({ queryKey: sessionQuery().queryKey });
  });
}

function isNotSession(query: Query): boolean {
  return query.queryKey[0] !== "session";
}

/**
 * Which clusters there are is no secret, and without them the page would be gone, with what is open on it: also in a tab
 * that is held while another one signs out.
 */
function isOfPerson(query: Query): boolean {
  return isNotSession(query) && query.queryKey[0] !== "clusters";
}

function forgetEverything(client: QueryClient, predicate = isNotSession): void {
  client.setQueryData(sessionQuery().queryKey, left);
  client.removeQueries({ predicate });
}

export function useSession() {
  return useQuery({ ...sessionQuery(), refetchOnWindowFocus: "always" });
}

export function useSignIn() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (credential: SignIn) => signIn(credential),
    // The credential is in the mutation's variables: it must not outlive the form.
    gcTime: 0,
    onSuccess: (session) => enterSession(client, session),
  });
}

/** Somebody has signed in here. */
export async function enterSession(client: QueryClient, session: Session): Promise<void> {
  // A question asked before the sign-in may be answered after it, with what was true then.
  await client.cancelQueries({ queryKey: sessionQuery().queryKey });
  client.setQueryData(sessionQuery().queryKey, session);
  tabs?.postMessage("signed-in" satisfies TabNews);
  // Whoever signed in may see something else than whoever was here before.
  return client.invalidateQueries({ predicate: isNotSession });
}

export function useSignOut() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async () => {
      const restore = keepPreferences();
      await signOut();
      restore();
    },
    onSuccess: () => {
      forgetEverything(client);
      tabs?.postMessage("signed-out" satisfies TabNews);
    },
  });
}

/** Says that somebody is here; the answer carries the new limits. */
export function useRenewSession() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: renewSession,
    onSuccess: async (session) => {
      await client.cancelQueries({ queryKey: sessionQuery().queryKey });
      client.setQueryData(sessionQuery().queryKey, session);
    },
  });
}

/** For when the administrator has revoked the credential in use: nothing of it is left to ask with. */
export function useLeaveSession() {
  const client = useQueryClient();
  return () => {
    forgetEverything(client);
    tabs?.postMessage("signed-out" satisfies TabNews);
  };
}
