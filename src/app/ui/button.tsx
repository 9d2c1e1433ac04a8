import { useId, type ComponentProps, type MouseEvent } from "react";
import styles from "./button.module.css";
import { classNames } from "./class-names.ts";
import { Icon, type IconName } from "./icon.tsx";
import { VisuallyHidden } from "./visually-hidden.tsx";

export type ButtonVariant = "primary" | "secondary" | "quiet" | "danger";

interface SharedProps extends ComponentProps<"button"> {
  variant?: ButtonVariant;
  size?: "medium" | "small";
  /** The action runs: further presses do nothing, and focus stays here, which a native `disabled` would lose. */
  busy?: boolean;
  /** Unavailable, and this is why. Unlike `disabled` it keeps the button in the tab order, so the reason can be read. */
  disabledReason?: string | undefined;
}

export interface ButtonProps extends SharedProps {
  icon?: IconName | undefined;
}

export interface IconButtonProps extends Omit<SharedProps, "children" | "aria-label"> {
  /** The accessible name, also the tooltip. */
  label: string;
  icon: IconName;
}

/** The look of a small quiet IconButton, for buttons of which a table draws one in every row. */
export const SMALL_QUIET_ICON_BUTTON = classNames(styles.button, styles.iconOnly, styles.quiet, styles.small);

interface Guard {
  attributes: ComponentProps<"button">;
  reasonId: string;
}

/** What `busy` and `disabledReason` mean for a button that has to stay focusable. */
function useGuard({
  busy,
  disabledReason,
  onClick,
}: Pick<SharedProps, "busy" | "disabledReason" | "onClick">): Guard {
  const reasonId = useId();
  const blocked = busy === true || disabledReason !== undefined;
  return {
    reasonId,
    attributes: {
      "aria-disabled": blocked || undefined,
      "aria-busy": busy || undefined,
      onClick: (event: MouseEvent<HTMLButtonElement>) => {
        if (!blocked) return onClick?.(event);
        // A submit button would send its form, and a row around it would take the click as its own.
        event.preventDefault();
        event.stopPropagation();
      },
    },
  };
}

export function Button({
  busy = false,
  disabledReason,
  onClick,
  title,
  "aria-describedby": describedBy,
  ...rest
}: ButtonProps) {
  const { attributes, reasonId } = useGuard({ busy, disabledReason, onClick });
  return (
    <>
      {drawButton({
        ...rest,
        busy,
        ...attributes,
        title: disabledReason ?? title,
        "aria-describedby": classNames(describedBy, disabledReason !== undefined && reasonId) || undefined,
      })}
      {disabledReason !== undefined && <VisuallyHidden id={reasonId}>{disabledReason}</VisuallyHidden>}
    </>
  );
}

/** A button without hooks. */
export function drawButton({
  variant = "secondary",
  size = "medium",
  busy = false,
  icon,
  className,
  children,
  ...rest
}: Omit<ButtonProps, "disabledReason">) {
  return (
    <button
      type="button"
      {...rest}
      className={classNames(styles.button, styles[variant], styles[size], className)}
    >
      {busy ? <span className={styles.spinner} aria-hidden /> : icon !== undefined && <Icon name={icon} />}
      {children}
    </button>
  );
}

export function IconButton({
  label,
  icon,
  variant = "quiet",
  size = "medium",
  busy = false,
  disabledReason,
  className,
  onClick,
  title,
  "aria-describedby": describedBy,
  ...rest
}: IconButtonProps) {
  const { attributes, reasonId } = useGuard({ busy, disabledReason, onClick });
  return (
    <>
      <button
        type="button"
        {...rest}
        {...attributes}
        aria-label={label}
        title={disabledReason ?? title ?? label}
        aria-describedby={classNames(describedBy, disabledReason !== undefined && reasonId) || undefined}
        className={classNames(styles.button, styles.iconOnly, styles[variant], styles[size], className)}
      >
        {busy ? <span className={styles.spinner} aria-hidden /> : <Icon name={icon} />}
      </button>
      {disabledReason !== undefined && <VisuallyHidden id={reasonId}>{disabledReason}</VisuallyHidden>}
    </>
  );
}
