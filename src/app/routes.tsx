import { Navigate, Route, Routes } from "react-router";
import { ClusterLayout } from "./pages/cluster-layout.tsx";
import { DatabaseTokensPage } from "./pages/database-tokens-page.tsx";
import { LazyPage } from "./pages/lazy-page.tsx";
import { activityPage, notFoundPage, signInPage } from "./pages/lazy-pages.ts";
import { ManagementTokensPage } from "./pages/management-tokens-page.tsx";

export function AppRoutes() {
  return (
    <Routes>
      <Route path="/sign-in" element={<SignIn />} />
      <Route element={<ClusterLayout />}>
        <Route index element={null} />
        <Route path="/clusters/:slug">
          <Route index element={<Navigate to="database-tokens" replace />} />
          <Route path="database-tokens/:tokenId?" element={<DatabaseTokensPage />} />
          <Route path="management-tokens/:tokenId?" element={<ManagementTokensPage />} />
          <Route path="activity/:deedId?" element={<Activity />} />
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

function Activity() {
  const module = activityPage.useModule();
  return <LazyPage load={activityPage.preload}>{module && <module.ActivityPage />}</LazyPage>;
}

function NotFound() {
  const module = notFoundPage.useModule();
  return <LazyPage load={notFoundPage.preload}>{module && <module.NotFoundPage />}</LazyPage>;
}
