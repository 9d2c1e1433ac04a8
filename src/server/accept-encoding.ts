/** Whether an Accept-Encoding header takes this encoding. Without the header none is taken. */
export function acceptsEncoding(header: string | null, encoding: string): boolean {
  let takesAny = false;
  for (const item of (header ?? "").split(",")) {
    const [name, ...parameters] = item.split(";").map((part) => part.trim().toLowerCase());
    const isTaken = !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
    if (name === encoding) return isTaken;
    if (name === "*") takesAny = isTaken;
  }
  return takesAny;
}
