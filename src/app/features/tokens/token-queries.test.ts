import { QueryClient } from "@tanstack/react-query";
import { expect, it, vi } from "vitest";
import { refreshWhenPainted, tokensQuery } from "./token-queries.ts";

const ids = { accountId: "a", clusterId: "c" };

it("reads a list again only when what is known of it has been painted", async () => {
  const frames: (() => void)[] = [];
  vi.stubGlobal("document", { visibilityState: "visible" });
  vi.stubGlobal("requestAnimationFrame", (draw: () => void) => frames.push(draw));
  const client = new QueryClient();
  const invalidate = vi.spyOn(client, "invalidateQueries");

  refreshWhenPainted(client, "database", ids);
  // Longer than whatever waits for no frame.
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(invalidate).not.toHaveBeenCalled();

  for (const draw of frames) draw();
  await vi.waitFor(() =>
    expect(invalidate).toHaveBeenCalledExactlyOnceWith({ queryKey: tokensQuery("database", ids).queryKey }),
  );
});

it("reads it again at once where nobody sees the page", async () => {
  vi.stubGlobal("document", { visibilityState: "hidden" });
  const client = new QueryClient();
  const invalidate = vi.spyOn(client, "invalidateQueries");
  refreshWhenPainted(client, "management", ids);
  await vi.waitFor(() => expect(invalidate).toHaveBeenCalledOnce());
});
