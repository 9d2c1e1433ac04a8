import { revokeManagementTokensCommand } from "#app/features/detail/commands.ts";
import { useNotify } from "#app/layout/notify.ts";

/** Copies the command that revokes management tokens, and says so. A refused clipboard shows it. At least one id. */
export function useCopyRevokeCommand(): (ids: readonly string[]) => void {
  const notify = useNotify();
  return (ids) => {
    const { line, note } = revokeManagementTokensCommand(ids);
    if (line === undefined) {
      notify({ tone: "warning", title: "There is no such command", detail: note });
      return;
    }
    const title = ids.length === 1 ? "Command copied" : `Command for ${ids.length} tokens copied`;
    // Undefined without TLS, whatever its type says: the attempt throws and is a refusal like any other.
    Promise.resolve()
      .then(() => navigator.clipboard.writeText(line))
      .then(
        () => notify({ tone: "success", title, detail: "Nothing is revoked before somebody runs it." }),
        () =>
          notify({
            tone: "warning",
            title: "The browser refused the clipboard. The command is:",
            detail: line,
          }),
      );
  };
}
