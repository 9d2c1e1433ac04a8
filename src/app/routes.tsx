import { Navigate, Route, Routes } from "react-router";
import { ClusterLayout } from "./pages/cluster-layout.tsx";
import { DatabaseTokensPage } from "./pages/database-tokens-page.tsx";
import { LazyPage } from "./pages/lazy-page.tsx";
import { notFoundPage, signInPage } from "./pages/lazy-pages.ts";
import { ManagementTokensPage } from "./pages/management-tokens-page.tsx";

export function AppRoutes() {
  return (
    <Routes>
      <Route path="/sign-in" element={<SignIn />} />
      <Route element={<ClusterLayout />}>
        <Route index element={null} />
        <Route path="/clusters/:slug">
          <Route index element={<Navigate to="database-tokens" replace />} />
          <Route path="database-tokens" element={<DatabaseTokensPage />} />
          <Route path="management-tokens" element={<ManagementTokensPage />} />
        </Route>
      </Route>
      <Route path="*" element={<NotFound />} />
    </Routes>
  );
}

function SignIn() {
  const module = signInPage.useModule();
  return <LazyPage load={signInPage.preload}>{module && <module.SignInPage />}</LazyPage>;
}

function NotFound() {
  const module = notFoundPage.useModule();
  return <LazyPage load={notFoundPage.preload}>{module && <module.NotFoundPage />}</LazyPage>;
}
