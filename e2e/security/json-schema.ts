import fc from "fast-check";
import * as z from "zod/mini";

/** The part of JSON Schema that the gateway's description of itself uses. */
export const jsonSchema = z.looseObject({
  $ref: z.optional(z.string()),
  type: z.optional(z.string()),
  const: z.optional(z.unknown()),
  enum: z.optional(z.array(z.unknown())),
  format: z.optional(z.string()),
  pattern: z.optional(z.string()),
  minLength: z.optional(z.number()),
  maxLength: z.optional(z.number()),
  minItems: z.optional(z.number()),
  required: z.optional(z.array(z.string())),
  get properties() {
    return z.optional(z.record(z.string(), jsonSchema));
  },
  get items() {
    return z.optional(jsonSchema);
  },
  get anyOf() {
    return z.optional(z.array(jsonSchema));
  },
  get oneOf() {
    return z.optional(z.array(jsonSchema));
  },
});
export type JsonSchema = z.infer<typeof jsonSchema>;

/** What a text or a name may be that nobody thought of. Well-formed, so that it can stand in an address. */
export const anyText = fc.oneof(
  fc.string(),
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: "binary" }).map((text) => text.toWellFormed()),
  fc.constantFrom(
    "",
    " ",
    "null",
    "..",
    "__proto__",
    "constructor",
    "%",
    "%2e%2e%2f",
    "'; --",
    "\u0000",
    "\r\n",
  ),
);

const anyInstant = fc.oneof(
  fc
    .date({ min: new Date("2029-01-01"), max: new Date("2400-01-01"), noInvalidDate: true })
    .map((date) => date.toISOString()),
  fc.constantFrom("2030-02-30T00:00:00Z", "9999-12-31T23:59:59Z", "2031-01-01T00:00:00+14:00"),
);

/** For fields whose values must be something that exists: the name of a field, and what to try there. */
export type Known = Readonly<Record<string, fc.Arbitrary<unknown>>>;

/** Values that fit a schema, as far as the schema says. `resolve` finds what a reference names. */
export function valuesOf(
  schema: JsonSchema,
  resolve: (reference: string) => JsonSchema,
  known: Known,
): fc.Arbitrary<unknown> {
  const values = (inner: JsonSchema) => valuesOf(inner, resolve, known);
  if (schema.$ref !== undefined) return values(resolve(schema.$ref));
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return fc.oneof(...choices.map(values));
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  switch (schema.type) {
    case "object": {
      const fields: Record<string, fc.Arbitrary<unknown>> = {};
      for (const [name, inner] of Object.entries(schema.properties ?? {})) {
        fields[name] = known[name] ?? (name.endsWith("At") ? anyInstant : values(inner));
      }
      return fc.record(fields, { requiredKeys: schema.required ?? [] });
    }
    case "array":
      return fc.array(values(schema.items ?? {}), { minLength: schema.minItems ?? 0, maxLength: 4 });
    case "string": {
      if (schema.format === "uuid") return fc.uuid();
      if (schema.pattern !== undefined) return fc.stringMatching(new RegExp(schema.pattern));
      const { minLength = 0, maxLength = Infinity } = schema;
      return anyText.filter(({ length }) => length >= minLength && length <= maxLength);
    }
    case "integer":
      return fc.oneof(fc.integer(), fc.nat());
    case "number":
      return fc.double({ noNaN: true, noDefaultInfinity: true });
    case "boolean":
      return fc.boolean();
    default:
      return fc.jsonValue();
  }
}

const deep = (levels: number): unknown => JSON.parse("[".repeat(levels) + "]".repeat(levels));
const own = (name: string, value: unknown): object =>
  Object.defineProperty({}, name, { value, enumerable: true, configurable: true, writable: true });

/** What stands where something else belongs. */
const oddities: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1e308,
  2 ** 53,
  0.5,
  "",
  " ",
  "x".repeat(20_000),
  "\u0000",
  "half \ud800 a pair",
  "\u202e\u2066",
  [],
  {},
  [[]],
  deep(20),
  deep(40),
  own("__proto__", { polluted: true }),
  own("constructor", { prototype: { polluted: true } }),
  own("toString", 1),
  own("\u0000", 1),
  "2030-02-30T25:61:00Z",
  "-999999-01-01T00:00:00Z",
];

/** A value with one thing wrong: a part of it missing, replaced, or with a neighbour that nobody asked for. */
export function nearly(values: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc
    .tuple(
      values,
      fc.nat(),
      fc.constantFrom("remove", "replace", "replace", "add"),
      fc.constantFrom(...oddities),
    )
    .map(([value, at, how, odd]) => {
      const whole = { value: structuredClone(value) };
      const places = placesIn(whole);
      const place = places[at % places.length];
      if (place === undefined) return odd;
      const { holder, key } = place;
      if (how === "remove") Reflect.deleteProperty(holder, key);
      else if (how === "replace") define(holder, key, odd);
      else {
        const name = ["__proto__", "constructor", "extra", "", "hasOwnProperty"][at % 5] ?? "";
        define(holder, Array.isArray(holder) ? String(holder.length) : holder === whole ? key : name, odd);
      }
      return whole.value;
    });
}

function define(holder: object, key: string, value: unknown): void {
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
}

/** Every place in it that holds something. */
function placesIn(holder: object): { holder: object; key: string }[] {
  return Object.entries(holder).flatMap(([key, value]: [string, unknown]) => [
    { holder, key },
    ...(typeof value === "object" && value !== null ? placesIn(value) : []),
  ]);
}
