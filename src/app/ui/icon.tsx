import { memo, type ComponentType } from "react";
import ArrowDown from "lucide-react/icons/arrow-down";
import ArrowUp from "lucide-react/icons/arrow-up";
import ArrowUpDown from "lucide-react/icons/arrow-up-down";
import Ban from "lucide-react/icons/ban";
import Check from "lucide-react/icons/check";
import ChevronDown from "lucide-react/icons/chevron-down";
import ChevronsUpDown from "lucide-react/icons/chevrons-up-down";
import CircleAlert from "lucide-react/icons/circle-alert";
import CircleCheck from "lucide-react/icons/circle-check";
import CircleDashed from "lucide-react/icons/circle-dashed";
import CircleHelp from "lucide-react/icons/circle-question-mark";
import Clock from "lucide-react/icons/clock";
import Copy from "lucide-react/icons/copy";
import Database from "lucide-react/icons/database";
import EllipsisVertical from "lucide-react/icons/ellipsis-vertical";
import Info from "lucide-react/icons/info";
import Key from "lucide-react/icons/key-round";
import Keyboard from "lucide-react/icons/keyboard";
import ListFilter from "lucide-react/icons/list-filter";
import LogOut from "lucide-react/icons/log-out";
import MenuLines from "lucide-react/icons/menu";
import Monitor from "lucide-react/icons/monitor";
import Moon from "lucide-react/icons/moon";
import PanelClose from "lucide-react/icons/panel-left-close";
import PanelOpen from "lucide-react/icons/panel-left-open";
import Pause from "lucide-react/icons/pause";
import Pencil from "lucide-react/icons/pencil";
import Rotate from "lucide-react/icons/rotate-ccw";
import Search from "lucide-react/icons/search";
import Sun from "lucide-react/icons/sun";
import TriangleAlert from "lucide-react/icons/triangle-alert";
import User from "lucide-react/icons/user";
import X from "lucide-react/icons/x";

// One file per icon, named here: the bundle holds these and no others, whatever the bundler makes of a barrel.
const icons = {
  "arrow-down": ArrowDown,
  "arrow-up": ArrowUp,
  "arrow-up-down": ArrowUpDown,
  ban: Ban,
  check: Check,
  "chevron-down": ChevronDown,
  "chevrons-up-down": ChevronsUpDown,
  "circle-alert": CircleAlert,
  "circle-check": CircleCheck,
  "circle-dashed": CircleDashed,
  "circle-help": CircleHelp,
  clock: Clock,
  copy: Copy,
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
  pencil: Pencil,
  rotate: Rotate,
  search: Search,
  "sign-out": LogOut,
  sun: Sun,
  "triangle-alert": TriangleAlert,
  user: User,
  x: X,
} satisfies Record<string, ComponentType<{ size?: string | number }>>;

export type IconName = keyof typeof icons;

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
  const Drawing = icons[name];
  return <Drawing size={size} strokeWidth={1.75} aria-hidden focusable={false} className={className} />;
});
