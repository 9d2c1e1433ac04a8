import { createContext, use } from "react";

/** What the cells of a tokens table need besides their token. */
export interface TokenTableContext {
  /** Milliseconds of the server's clock, which decides what is expired. */
  now: number;
  openOptions(tokenId: string, button: HTMLElement): void;
  openDatabases(tokenId: string, button: HTMLElement): void;
  copyId(tokenId: string): void;
  /** The management token that this session acts with. */
  credentialId: string | undefined;
}

const Context = createContext<TokenTableContext | undefined>(undefined);

export const TokenTableProvider = Context.Provider;

export function useTokenTable(): TokenTableContext {
  const value = use(Context);
  if (value === undefined) throw new Error("A token cell stands outside of its table.");
  return value;
}
