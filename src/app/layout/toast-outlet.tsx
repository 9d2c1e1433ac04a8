import { useCallback, useState, type ReactNode } from "react";
import { createLazyModule } from "#app/ui/lazy-module.ts";
import type { ToastData } from "#app/ui/toast.tsx";
import { NotifyContext, type Notify } from "./notify.ts";

const toastModule = createLazyModule(() => import("#app/ui/toast.tsx"));

/** More than this at once nobody reads. */
const MOST = 3;

export function ToastOutlet({ children }: { children: ReactNode }) {
  const [toasts, setToasts] = useState<readonly ToastData[]>([]);
  const module = toastModule.useModule();
  const notify = useCallback<Notify>((toast) => {
    toastModule.preload().catch(() => {});
    setToasts((present) => [...present, { ...toast, id: crypto.randomUUID() }].slice(-MOST));
  }, []);
  return (
    <NotifyContext value={notify}>
      {children}
      {module !== undefined && (
        <module.ToastRegion
          toasts={toasts}
          onDismiss={(id) => setToasts((present) => present.filter((toast) => toast.id !== id))}
        />
      )}
    </NotifyContext>
  );
}
