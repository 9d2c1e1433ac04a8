/**
 * One text for all values that mean the same as JSON: the order of an object's keys does not count. It is JSON itself,
 * and written from its fields, so that a key such as `__proto__` is a key like any other.
 */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const pairs = Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .map(([key, field]) => `${JSON.stringify(key)}:${canonical(field)}`);
    return `{${pairs.sort().join(",")}}`;
  }
  return JSON.stringify(value) ?? "null";
}

/** What an update of a token can change. */
export interface TokenContent {
  description: string;
  permissions: readonly unknown[];
}

/** One text for all permission sets that mean the same: a set has no order. A grant that is there twice is so twice. */
export function canonicalSet(permissions: readonly unknown[]): string {
  return permissions.map(canonical).sort().join(",");
}

/** One text for all contents that mean the same, unknown fields of permissions included. */
export function canonicalContent({ description, permissions }: TokenContent): string {
  return `${JSON.stringify(description)}\n${canonicalSet(permissions)}`;
}

export function sameContent(one: TokenContent, other: TokenContent): boolean {
  return canonicalContent(one) === canonicalContent(other);
}
