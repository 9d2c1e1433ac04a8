import type { ReactNode } from "react";
import { useHref, useLinkClickHandler, useLocation } from "react-router";

export interface PageLinkProps {
  /** The path of a page of ours; see #app/paths.ts. */
  to: string;
  className?: string | undefined;
  title?: string | undefined;
  onClick?: (() => void) | undefined;
  children: ReactNode;
}

/**
 * A link to another page; on that page it says so. React Router's own would bring along the loading ahead that its
 * framework does.
 */
export function PageLink({ to, className, title, onClick, children }: PageLinkProps) {
  const href = useHref(to);
  const follow = useLinkClickHandler(to);
  // What opens above a page has an address below the page's.
  const isHere = `${useLocation().pathname}/`.startsWith(`${to}/`);
  return (
    <a
      href={href}
      aria-current={isHere ? "page" : undefined}
      className={className}
      title={title}
      onClick={(event) => {
        onClick?.();
        follow(event);
      }}
    >
      {children}
    </a>
  );
}
