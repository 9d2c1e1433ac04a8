import { __iconData as Check } from "lucide-react/icons/check";
import { __iconData as ChevronDown } from "lucide-react/icons/chevron-down";
import { __iconData as CircleCheck } from "lucide-react/icons/circle-check";
import { __iconData as CircleHelp } from "lucide-react/icons/circle-question-mark";
import { __iconData as Copy } from "lucide-react/icons/copy";
import { __iconData as CopyPlus } from "lucide-react/icons/copy-plus";
import { __iconData as Pencil } from "lucide-react/icons/pencil";
import { __iconData as Rotate } from "lucide-react/icons/rotate-ccw";
import { addIcons } from "./icon.tsx";

// What loads later shows these; every part that does imports this file, and is itself no part of the first load.

const moreIcons = {
  check: Check,
  "chevron-down": ChevronDown,
  "circle-check": CircleCheck,
  "circle-help": CircleHelp,
  copy: Copy,
  "copy-plus": CopyPlus,
  pencil: Pencil,
  rotate: Rotate,
};

export type MoreIconName = keyof typeof moreIcons;

addIcons(moreIcons);
