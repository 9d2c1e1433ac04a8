/** Why the gateway cannot start, in one sentence for the terminal: printed without a stack, exit code 1. */
export class StartError extends Error {
  override readonly name = "StartError";
}
