/** The mark: a ward of a lock, seen through the keyhole. Decoration; the name stands beside it. */
export function Mark({ size = 20, className }: { size?: number; className?: string | undefined }) {
  return (
    <svg width={size} height={size} viewBox="0 0 20 20" aria-hidden focusable={false} className={className}>
      <path
        fill="currentColor"
        fillRule="evenodd"
        d="M10 1 17.5 3.6v6.1c0 4.3-3 7.6-7.5 9.3-4.5-1.7-7.5-5-7.5-9.3V3.6L10 1Zm0 5.1a2.5 2.5 0 0 0-1.3 4.6L8 14.2h4l-.7-3.5A2.5 2.5 0 0 0 10 6.1Z"
      />
    </svg>
  );
}
