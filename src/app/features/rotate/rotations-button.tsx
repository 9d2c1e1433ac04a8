import { Button } from "#app/ui/button.tsx";

export interface RotationsButtonProps {
  count: number;
  onOpen: (button: HTMLElement) => void;
}

/** Leads to the rotations in progress; nothing while there is none. */
export function RotationsButton({ count, onOpen }: RotationsButtonProps) {
  if (count === 0) return null;
  return (
    <Button icon="rotate" aria-haspopup="dialog" onClick={(event) => onOpen(event.currentTarget)}>
      {count === 1 ? "1 rotation in progress" : `${count} rotations in progress`}
    </Button>
  );
}
