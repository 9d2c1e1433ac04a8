/** Whether an Accept-Encoding or Accept header takes this encoding or type. Without the header none is taken. */
export function accepts(header: string | null, wanted: string): boolean {
  let takesAny = false;
  for (const item of (header ?? "").split(",")) {
    const [name, ...parameters] = item.split(";").map((part) => part.trim().toLowerCase());
    const isTaken = !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
    if (name === wanted) return isTaken;
    if (name === "*") takesAny = isTaken;
  }
  return takesAny;
}
