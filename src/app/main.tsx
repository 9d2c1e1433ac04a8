import "#app/styles/fonts.css";
import "#app/styles/tokens.css";
import "#app/styles/base.css";
import { StrictMode } from "react";
import { QueryClientProvider } from "@tanstack/react-query";
import { createRoot } from "react-dom/client";
import { BrowserRouter } from "react-router";
import * as z from "zod/mini";
import { watchSession } from "./features/session/session-queries.ts";
import { takeSignInCode } from "./features/session/sign-in-code.ts";
import { PageBoundary } from "./page-boundary.tsx";
import { createQueryClient } from "./query-client.ts";
import { AppRoutes } from "./routes.tsx";
import { applyStyleNonce } from "./ui/style-nonce.ts";

// Compiling parsers at run time needs eval, which the policy forbids; asking for it would be reported.
z.config({ jitless: true });
takeSignInCode(window.location, window.history);
applyStyleNonce();

const client = createQueryClient();
watchSession(client);

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
