/** A line of a `.env` file, with its line break. Quoted where shells and readers of such files would read something else. */
export function envLine(name: string, value: string): string {
  if (/^[\w.\-+/=:@%,]+$/.test(value)) return `${name}=${value}\n`;
  return `${name}="${value.replace(/["\\$`]/g, "\\$&").replaceAll("\n", "\\n")}"\n`;
}

/** A name for the file, of letters that every file system takes. */
export function envFileName(tokenId: string): string {
  const short = tokenId.replace(/[^\w-]/g, "").slice(0, 8);
  return short === "" ? "influxdb-token.env" : `influxdb-token-${short}.env`;
}
