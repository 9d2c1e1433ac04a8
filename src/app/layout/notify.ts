import { createContext, use } from "react";
import type { ToastData } from "#app/ui/toast.tsx";

export type Notify = (toast: Omit<ToastData, "id">) => void;

export const NotifyContext = createContext<Notify>(() => {});

/** Shows a toast: good news and background work, never an error that has a place of its own. */
export function useNotify(): Notify {
  return use(NotifyContext);
}
