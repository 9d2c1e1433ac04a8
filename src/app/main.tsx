import "#app/styles/fonts.css";
import "#app/styles/tokens.css";
import "#app/styles/base.css";
import { StrictMode } from "react";
import { QueryClientProvider } from "@tanstack/react-query";
import { createRoot } from "react-dom/client";
import { BrowserRouter } from "react-router";
import { loadSchemas } from "./api/load-schemas.ts";
import { clustersQuery } from "./features/clusters/cluster-queries.ts";
import { sessionQuery, watchSession } from "./features/session/session-queries.ts";
import { takeSignInCode } from "./features/session/sign-in-code.ts";
import { PageBoundary } from "./page-boundary.tsx";
import { createQueryClient } from "./query-client.ts";
import { AppRoutes } from "./routes.tsx";
import { takeStartData } from "./start-data.ts";
import { allowLoadingAhead, whenLoadingAhead } from "./ui/lazy-module.ts";
import { applyStyleNonce } from "./ui/style-nonce.ts";

/** A page that cannot show what it is for still needs what belongs to it, such as the dialogs of the session. */
const LOADING_AHEAD_AT_THE_LATEST_MILLIS = 5_000;

takeSignInCode(window.location, window.history);
applyStyleNonce();

const client = createQueryClient();
watchSession(client);
const start = takeStartData();
if (start !== undefined) {
  client.setQueryData(sessionQuery().queryKey, start.session);
  if (start.clusters !== undefined) client.setQueryData(clustersQuery().queryKey, start.clusters);
}
setTimeout(allowLoadingAhead, LOADING_AHEAD_AT_THE_LATEST_MILLIS);
// Failing to load ahead is no news: whoever needs the schemas asks again, and other faces stand in for the fonts.
whenLoadingAhead(() => void loadSchemas().catch(() => undefined));
whenLoadingAhead(() => void import("#app/styles/more-fonts.css").catch(() => undefined));

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root.");
createRoot(root).render(
  <StrictMode>
    <PageBoundary>
      <QueryClientProvider client={client}>
        {/* Without transitions: what is typed must be in the field at the next frame. */}
        <BrowserRouter useTransitions={false}>
          <AppRoutes />
        </BrowserRouter>
      </QueryClientProvider>
    </PageBoundary>
  </StrictMode>,
);
