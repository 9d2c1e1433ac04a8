import { Fragment, isValidElement, type ReactNode } from "react";

const SVG = "http://www.w3.org/2000/svg";

type Props = Record<string, unknown> & { children?: ReactNode };

/**
 * Appends the elements that React would make of this, without React: nobody listens to them. Components in it may not
 * have hooks.
 */
export function appendPlain(parent: Element, node: ReactNode): void {
  if (typeof node === "number" || (typeof node === "string" && node !== "")) parent.append(String(node));
  else if (Array.isArray(node)) for (const child of node as ReactNode[]) appendPlain(parent, child);
  else if (isValidElement<Props>(node)) {
    const { props } = node;
    // One that React remembers between drawings stands in an object.
    const { type } = (typeof node.type === "object" ? node.type : node) as { type: unknown };
    if (typeof type === "function") appendPlain(parent, (type as (props: Props) => ReactNode)(props));
    else if (type === Fragment) appendPlain(parent, props.children);
    else {
      const name = String(type);
      const element = document.createElementNS(name === "svg" ? SVG : parent.namespaceURI, name);
      setAttributes(element, props);
      appendPlain(element, props.children);
      parent.append(element);
    }
  }
}

function setAttributes(element: Element, props: Props): void {
  const isSvg = element.namespaceURI === SVG;
  for (const [name, value] of Object.entries(props)) {
    if (name === "style" && element instanceof HTMLElement) setStyle(element.style, value);
    const text = attributeText(name, value);
    if (text === undefined || name === "children") continue;
    element.setAttribute(isSvg ? svgName(name) : name === "className" ? "class" : name, text);
  }
}

/** Undefined for what no attribute says. */
function attributeText(name: string, value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value === "number") return `${value}`;
  if (typeof value !== "boolean") return undefined;
  // These have words for yes and no; of others the name alone says yes.
  return /^(?:aria-|data-|focusable)/.test(name) ? `${value}` : value ? "" : undefined;
}

/** React's names have capitals, SVG's but for one have dashes in their place. */
function svgName(name: string): string {
  if (name === "className") return "class";
  return name === "viewBox" ? name : name.replace(/[A-Z]/, (letter) => `-${letter.toLowerCase()}`);
}

function setStyle(style: CSSStyleDeclaration, values: unknown): void {
  for (const [property, value] of Object.entries(values ?? {}) as [string, string | number][])
    style.setProperty(property, typeof value === "number" ? `${value}px` : value);
}
