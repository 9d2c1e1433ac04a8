import { Navigate, Route, Routes } from "react-router";
import { ClusterLayout } from "./pages/cluster-layout.tsx";
import { DatabaseTokensPage } from "./pages/database-tokens-page.tsx";
import { ManagementTokensPage } from "./pages/management-tokens-page.tsx";
import { NotFoundPage } from "./pages/not-found-page.tsx";
import { SignInPage } from "./pages/sign-in-page.tsx";

export function AppRoutes() {
  return (
    <Routes>
      <Route path="/sign-in" element={<SignInPage />} />
      <Route element={<ClusterLayout />}>
        <Route index element={null} />
        <Route path="/clusters/:slug">
          <Route index element={<Navigate to="database-tokens" replace />} />
          <Route path="database-tokens" element={<DatabaseTokensPage />} />
          <Route path="management-tokens" element={<ManagementTokensPage />} />
        </Route>
      </Route>
      <Route path="*" element={<NotFoundPage />} />
    </Routes>
  );
}
