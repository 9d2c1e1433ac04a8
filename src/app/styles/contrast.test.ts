import { describe, expect, it } from "vitest";
import css from "./tokens.css?raw";

type Rgb = [number, number, number];

function themeOf(name: "light" | "dark"): Map<string, string> {
  const body = new RegExp(String.raw`\[data-theme="${name}"\] \{([^}]*)\}`).exec(css)?.[1] ?? "";
  return new Map(
    [...body.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6});/g)].map(([, key = "", value = ""]) => [key, value]),
  );
}

function channels(hex: string): Rgb {
  const number = Number.parseInt(hex.slice(1), 16);
  return [number >> 16, (number >> 8) & 255, number & 255];
}

/** Relative luminance and contrast as WCAG 2.2 defines them. */
function luminance(hex: string): number {
  const [red, green, blue] = channels(hex).map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as Rgb;
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [lighter = 0, darker = 0] = [luminance(one), luminance(other)].toSorted((a, b) => b - a);
  return (lighter + 0.05) / (darker + 0.05);
}

// Where the table's words stand: AAA.
const tableTexts = ["text", "text-secondary", "red-text", "amber-text"];
const tableGrounds = ["surface", "surface-hover", "surface-selected", "surface-sunken"];

const pairs: [texts: string[], grounds: string[], least: number][] = [
  [tableTexts, tableGrounds, 7],
  [
    ["text", "text-secondary"],
    ["background", "surface-raised", "surface-pressed", "red-soft", "amber-soft"],
    7,
  ],
  [["text-muted"], ["background", "surface", "surface-raised", "surface-sunken", "surface-hover"], 4.5],
  [["text-muted"], ["surface-selected", "surface-pressed", "red-soft", "amber-soft"], 4.5],
  [["accent-text"], ["background", "surface", "surface-raised", "surface-hover", "surface-pressed"], 4.5],
  [["on-accent"], ["accent", "accent-hover"], 4.5],
  [["on-red"], ["red", "red-hover"], 4.5],
  [["red-text"], ["red-soft", "surface-raised"], 7],
  [["amber-text"], ["amber-soft", "surface-raised"], 7],
  // Not words: the edge of a control, a ring, a dot, a button's face.
  [["border-control", "focus", "green"], ["background", "surface", "surface-raised", "surface-sunken"], 3],
  [["amber-icon"], ["surface-raised", "surface", "amber-soft"], 3],
  [["red", "accent"], ["surface", "surface-raised"], 3],
  [["focus"], ["surface-hover", "surface-selected", "surface-pressed"], 3],
];

describe.each(["light", "dark"] as const)("%s theme", (name) => {
  const theme = themeOf(name);
  const colour = (key: string): string => {
    const value = theme.get(key);
    if (value === undefined) throw new Error(`--${key} is not a six-digit colour of the ${name} theme`);
    return value;
  };
  const cases = pairs.flatMap(([texts, grounds, least]) =>
    texts.flatMap((text) => grounds.map((ground) => ({ text, ground, least }))),
  );

  it.each(cases)("--$text on --$ground has at least $least", ({ text, ground, least }) => {
    expect(contrast(colour(text), colour(ground))).toBeGreaterThanOrEqual(least);
  });
});

it("has every colour in both themes", () => {
  expect([...themeOf("dark").keys()]).toEqual([...themeOf("light").keys()]);
  expect(themeOf("light").size).toBeGreaterThan(25);
});
