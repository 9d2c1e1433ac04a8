import { setNonce } from "get-nonce";

/**
 * Hands the page's nonce to the styles that lock scrolling behind a modal layer. Without it they are refused by the
 * policy, silently: the layer opens and the page behind it scrolls. Call it before the first render.
 */
export function applyStyleNonce(): void {
  // The attribute reads as empty in a parsed document; the property keeps the value.
  const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce;
  if (nonce !== undefined && nonce !== "") setNonce(nonce);
}
