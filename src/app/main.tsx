// First, since it waits: what is imported below is not needed before.
import { client, root } from "./start.ts";
import { startTransition, StrictMode } from "react";
import { QueryClientProvider } from "@tanstack/react-query";
import { createRoot } from "react-dom/client";
import { BrowserRouter } from "react-router";
import { loadSchemas } from "./api/load-schemas.ts";
import { takeSignInCode } from "./features/session/sign-in-code.ts";
import { PageBoundary } from "./page-boundary.tsx";
import { AppRoutes } from "./routes.tsx";
import { allowLoadingAhead, whenLoadingAhead } from "./ui/lazy-module.ts";
import { applyStyleNonce } from "./ui/style-nonce.ts";

/** A page that cannot show what it is for still needs what belongs to it, such as the dialogs of the session. */
const LOADING_AHEAD_AT_THE_LATEST_MILLIS = 5_000;

takeSignInCode(window.location, window.history);
applyStyleNonce();

setTimeout(allowLoadingAhead, LOADING_AHEAD_AT_THE_LATEST_MILLIS);
// Failing to load ahead is no news: whoever needs the schemas asks again, and other faces stand in for the fonts.
whenLoadingAhead(() => void loadSchemas().catch(() => undefined));
whenLoadingAhead(() => void import("#app/styles/more-fonts.css").catch(() => undefined));

const page = (
  <StrictMode>
    <PageBoundary>
      <QueryClientProvider client={client}>
        {/* Without transitions: what is typed must be in the field at the next frame. */}
        <BrowserRouter useTransitions={false}>
          <AppRoutes />
        </BrowserRouter>
      </QueryClientProvider>
    </PageBoundary>
  </StrictMode>
);

// As a transition, which is drawn in slices: in one go it would hold the main thread for 50 ms.
startTransition(() => {
  createRoot(root).render(page);
});
