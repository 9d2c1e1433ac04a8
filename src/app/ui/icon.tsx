import { createElement, memo } from "react";
import type { LucideIconData } from "lucide-react/types";
import type { MoreIconName } from "./more-icons.ts";
import { __iconData as ArrowDown } from "lucide-react/icons/arrow-down";
import { __iconData as ArrowUp } from "lucide-react/icons/arrow-up";
import { __iconData as ArrowUpDown } from "lucide-react/icons/arrow-up-down";
import { __iconData as Ban } from "lucide-react/icons/ban";
import { __iconData as ChevronsUpDown } from "lucide-react/icons/chevrons-up-down";
import { __iconData as CircleAlert } from "lucide-react/icons/circle-exclamation-point";
import { __iconData as CircleDashed } from "lucide-react/icons/circle-dashed";
import { __iconData as Clock } from "lucide-react/icons/clock";
import { __iconData as Database } from "lucide-react/icons/database";
import { __iconData as EllipsisVertical } from "lucide-react/icons/ellipsis-vertical";
import { __iconData as Info } from "lucide-react/icons/info";
import { __iconData as Key } from "lucide-react/icons/key-round";
import { __iconData as Keyboard } from "lucide-react/icons/keyboard";
import { __iconData as ListFilter } from "lucide-react/icons/list-filter";
import { __iconData as LogOut } from "lucide-react/icons/log-out";
import { __iconData as MenuLines } from "lucide-react/icons/menu";
import { __iconData as Monitor } from "lucide-react/icons/monitor";
import { __iconData as Moon } from "lucide-react/icons/moon";
import { __iconData as PanelClose } from "lucide-react/icons/panel-left-close";
import { __iconData as PanelOpen } from "lucide-react/icons/panel-left-open";
import { __iconData as Pause } from "lucide-react/icons/pause";
import { __iconData as Search } from "lucide-react/icons/search";
import { __iconData as Sun } from "lucide-react/icons/sun";
import { __iconData as TriangleAlert } from "lucide-react/icons/triangle-exclamation-point";
import { __iconData as User } from "lucide-react/icons/user";
import { __iconData as X } from "lucide-react/icons/x";

// What every icon file exports beside its component; the types of the package leave it out. One declaration is for all of
// them, which share theirs. A component for each would bring along what they are made with.
declare module "lucide-react/icons/x" {
  export const __iconData: LucideIconData;
}

// One file per icon, named here: the bundle holds these and no others, whatever the bundler makes of a barrel.
const firstIcons = {
  "arrow-down": ArrowDown,
  "arrow-up": ArrowUp,
  "arrow-up-down": ArrowUpDown,
  ban: Ban,
  "chevrons-up-down": ChevronsUpDown,
  "circle-alert": CircleAlert,
  "circle-dashed": CircleDashed,
  clock: Clock,
  database: Database,
  "ellipsis-vertical": EllipsisVertical,
  filter: ListFilter,
  info: Info,
  key: Key,
  keyboard: Keyboard,
  menu: MenuLines,
  monitor: Monitor,
  moon: Moon,
  "panel-close": PanelClose,
  "panel-open": PanelOpen,
  pause: Pause,
  search: Search,
  "sign-out": LogOut,
  sun: Sun,
  "triangle-alert": TriangleAlert,
  user: User,
  x: X,
} satisfies Record<string, LucideIconData>;

export type IconName = keyof typeof firstIcons | MoreIconName;

const icons: Partial<Record<IconName, LucideIconData>> = firstIcons;

/** For icons that no first screen shows; see more-icons.ts. */
export function addIcons(more: Record<MoreIconName, LucideIconData>): void {
  Object.assign(icons, more);
}

/** Decoration only: a word beside it, or the accessible name of the control around it, says the same. */
export const Icon = memo(function Icon({
  name,
  size = 16,
  className,
}: {
  name: IconName;
  size?: number;
  className?: string | undefined;
}) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={1.75}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden
      focusable={false}
      className={className}
    >
      {icons[name]?.node.map(([tag, attributes]) => createElement(tag, attributes))}
    </svg>
  );
});
