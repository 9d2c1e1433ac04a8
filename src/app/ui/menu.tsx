import {
  createContext,
  use,
  useEffect,
  useId,
  useLayoutEffect,
  useRef,
  useState,
  type CSSProperties,
  type KeyboardEvent,
  type ReactNode,
} from "react";
import * as DropdownMenu from "radix-ui/dropdown-menu";
import { classNames } from "./class-names.ts";
import { returnFocusTo } from "./focus-return.ts";
import { Icon, type IconName } from "./icon.tsx";
import styles from "./menu.module.css";
import "./more-icons.ts";

export interface MenuProps {
  open: boolean;
  /** The control that the menu hangs from. It is not inside the menu: one menu can serve every row of a table. */
  anchor: HTMLElement | null;
  onClose: () => void;
  /** Accessible name of the menu. */
  label: string;
  /** Where focus goes after closing, when not to the anchor. Asked at that moment. */
  returnFocus?: (() => HTMLElement | null) | undefined;
  align?: "start" | "end";
  children: ReactNode;
}

/** Lets an item that hands focus on tell the menu around it. */
const KeepFocusContext = createContext<() => void>(() => undefined);

/** Kept inside the window: on a phone, something fixed outside of it would widen the page. */
function rectangleOf(anchor: HTMLElement): CSSProperties {
  const { left, top, width, height } = anchor.getBoundingClientRect();
  const { clientWidth, clientHeight } = document.documentElement;
  return {
    position: "fixed",
    left: Math.max(0, Math.min(left, clientWidth - width)),
    top: Math.max(0, Math.min(top, clientHeight - height)),
    width,
    height,
    pointerEvents: "none",
  };
}

/**
 * A controlled dropdown menu (role `menu`, arrows, Home, End, typing a name, Escape). Opened by key its first item has
 * the focus, else the menu itself.
 *
 * Focus: after Escape, an outside press or an ordinary item it goes to `returnFocus() ?? anchor`. It is left alone
 * after an item with `keepFocusOnSelect`, and whenever something else took it meanwhile.
 */
export function Menu({ open, anchor, onClose, label, returnFocus, align = "end", children }: MenuProps) {
  const keepFocus = useRef(false);
  // Radix learns it from the event before the opening, which a menu that is loaded by that very event never sees.
  const openedByKey = useRef(false);
  const [place, setPlace] = useState<CSSProperties>();

  // A stand-in of the anchor's size is what Radix measures. The anchor may belong to a virtual row that is drawn
  // anew while the menu is open; the stand-in stays where the administrator clicked.
  useLayoutEffect(() => {
    if (!open || anchor === null) return;
    keepFocus.current = false;
    openedByKey.current = document.activeElement?.matches(":focus-visible") === true;
    const measure = () => anchor.isConnected && setPlace(rectangleOf(anchor));
    measure();
    window.addEventListener("resize", measure);
    return () => window.removeEventListener("resize", measure);
  }, [open, anchor]);

  // The anchor says that its menu is open; React does not own the attribute of an element that others draw.
  useEffect(() => {
    if (!open || anchor === null) return;
    anchor.setAttribute("aria-expanded", "true");
    return () => anchor.setAttribute("aria-expanded", "false");
  }, [open, anchor]);

  return (
    <DropdownMenu.Root
      modal={false}
      open={open && anchor !== null}
      onOpenChange={(next) => !next && onClose()}
    >
      <DropdownMenu.Trigger asChild>
        <span
          aria-hidden
          aria-haspopup={undefined}
          aria-expanded={undefined}
          aria-controls={undefined}
          hidden={!open}
          style={place}
        />
      </DropdownMenu.Trigger>
      {/* Not modal in Radix's way, which hides the page from assistive technology while it still holds what can
          have focus. The pane takes the press that closes the menu, and keeps the wheel from the table. */}
      <DropdownMenu.Portal>
        <div className={styles.pane} />
      </DropdownMenu.Portal>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          className={styles.menu}
          align={align}
          sideOffset={4}
          collisionPadding={8}
          sticky="always"
          loop
          aria-label={label}
          aria-labelledby={undefined}
          onKeyDown={chooseByShortcut}
          onFocus={({ target, currentTarget }) => {
            if (target !== currentTarget || !openedByKey.current) return;
            openedByKey.current = false;
            currentTarget.querySelector<HTMLElement>("[role^=menuitem]:not([data-disabled])")?.focus();
          }}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            const takenMeanwhile =
              document.activeElement !== null && document.activeElement !== document.body;
            if (!keepFocus.current && !takenMeanwhile) returnFocusTo(returnFocus?.(), anchor);
          }}
        >
          <KeepFocusContext value={() => (keepFocus.current = true)}>{children}</KeepFocusContext>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

function chooseByShortcut(event: KeyboardEvent<HTMLElement>): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.key.length !== 1 || event.key === " ") return;
  const item = event.currentTarget.querySelector<HTMLElement>(
    `[role=menuitem][aria-keyshortcuts="${CSS.escape(event.key)}"]:not([aria-disabled=true])`,
  );
  if (item === null) return;
  event.preventDefault();
  item.click();
}

export interface MenuItemProps {
  /** The item's accessible name, and what typing finds. */
  children: string;
  onSelect: () => void;
  destructive?: boolean;
  /** Why it cannot be chosen. The item stays in the arrow order, so that the reason is read out. */
  disabledReason?: string | undefined;
  icon?: IconName | undefined;
  /** A single key, shown and announced, that chooses the item while the menu is open. It comes before finding by name. */
  shortcut?: string | undefined;
  /** The item opens something that takes focus itself, such as a dialog. */
  keepFocusOnSelect?: boolean;
}

export function MenuItem({
  children,
  onSelect,
  destructive = false,
  disabledReason,
  icon,
  shortcut,
  keepFocusOnSelect = false,
}: MenuItemProps) {
  const id = useId();
  const keepFocus = use(KeepFocusContext);
  const disabled = disabledReason !== undefined;
  return (
    <DropdownMenu.Item
      className={classNames(styles.item, destructive && !disabled && styles.destructive)}
      textValue={children}
      aria-labelledby={`${id}label`}
      aria-describedby={disabled ? `${id}reason` : undefined}
      aria-disabled={disabled || undefined}
      aria-keyshortcuts={shortcut}
      onSelect={(event) => {
        if (disabled) return event.preventDefault();
        if (keepFocusOnSelect) keepFocus();
        onSelect();
      }}
    >
      <span className={styles.slot}>{icon !== undefined && <Icon name={icon} />}</span>
      <span className={styles.text}>
        <span id={`${id}label`}>{children}</span>
        {disabled && (
          <span id={`${id}reason`} className={styles.reason}>
            {disabledReason}
          </span>
        )}
      </span>
      {shortcut !== undefined && (
        <kbd className={styles.shortcut} aria-hidden>
          {shortcut}
        </kbd>
      )}
    </DropdownMenu.Item>
  );
}

export interface MenuRadioGroupProps {
  value: string;
  onChange: (value: string) => void;
  /** Shown as a heading, and the group's accessible name. */
  label: string;
  children: ReactNode;
}

export function MenuRadioGroup({ value, onChange, label, children }: MenuRadioGroupProps) {
  const id = useId();
  return (
    <>
      <div id={id} className={styles.label} aria-hidden>
        {label}
      </div>
      <DropdownMenu.RadioGroup value={value} onValueChange={onChange} aria-labelledby={id}>
        {children}
      </DropdownMenu.RadioGroup>
    </>
  );
}

export interface MenuRadioItemProps {
  value: string;
  children: string;
  /** Stands below, and describes it. */
  detail?: ReactNode;
  /** Leaves the menu open, for a second choice in another group. */
  keepOpen?: boolean;
}

export function MenuRadioItem({ value, children, detail, keepOpen = false }: MenuRadioItemProps) {
  const id = useId();
  return (
    <DropdownMenu.RadioItem
      value={value}
      className={styles.item}
      textValue={children}
      aria-labelledby={`${id}label`}
      aria-describedby={detail === undefined ? undefined : `${id}detail`}
      onSelect={(event) => keepOpen && event.preventDefault()}
    >
      <span className={styles.slot}>
        <DropdownMenu.ItemIndicator>
          <Icon name="check" />
        </DropdownMenu.ItemIndicator>
      </span>
      <span className={styles.text}>
        <span id={`${id}label`}>{children}</span>
        {detail !== undefined && <span id={`${id}detail`}>{detail}</span>}
      </span>
    </DropdownMenu.RadioItem>
  );
}

export function MenuSeparator() {
  return <DropdownMenu.Separator className={styles.separator} />;
}
