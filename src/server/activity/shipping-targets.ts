import type { Config } from "#server/config.ts";
import { fileTarget } from "./shipping-file.ts";
import { type Shipping, type ShippingOptions, type ShippingTarget, startShipping } from "./shipping.ts";
import { webhookTarget } from "./shipping-webhook.ts";

/** To all targets of the configuration, each at its own pace. Throws StartError when the file cannot be used. */
export async function startShippingOf(
  { activityFile, activityWebhook }: Pick<Config, "activityFile" | "activityWebhook">,
  options: ShippingOptions,
): Promise<Shipping> {
  const targets: ShippingTarget[] = [];
  if (activityFile !== undefined) {
    const file = fileTarget(activityFile);
    await file.check();
    targets.push(file);
  }
  if (activityWebhook !== undefined) targets.push(webhookTarget(activityWebhook));
  const running = targets.map((target) => startShipping(target, options));
  return {
    wake() {
      for (const shipping of running) shipping.wake();
    },
    async stop() {
      await Promise.all(running.map((shipping) => shipping.stop()));
    },
  };
}
