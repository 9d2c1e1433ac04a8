import { isAbsolute, join } from "node:path";

/**
 * Where influxctl keeps its connection profiles.
 * https://docs.influxdata.com/influxdb3/cloud-dedicated/reference/cli/influxctl/#default-connection-profile-store-location
 */
export function influxctlFile(
  environment: Record<string, string | undefined>,
  platform: NodeJS.Platform,
  home: string,
): string {
  const folder = () => {
    if (platform === "win32") return environment.APPDATA ?? join(home, "AppData", "Roaming");
    if (platform === "darwin") return join(home, "Library", "Application Support");
    const xdg = environment.XDG_CONFIG_HOME;
    // One that is not absolute does not count (XDG Base Directory Specification).
    return xdg !== undefined && isAbsolute(xdg) ? xdg : join(home, ".config");
  };
  return join(folder(), "influxctl", "config.toml");
}
