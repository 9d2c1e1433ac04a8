// What a very good developer writes by hand for this one page, and no more: no framework, no parts for other pages. The
// measure of what Tokenward's layers cost.

interface Token {
  id: string;
  description: string;
  permissions: { action: string; resource: string }[];
  createdAt: string;
  expiresAt?: string;
  revokedAt?: string;
}

declare global {
  interface Window {
    tokensAnswer: Promise<Response>;
  }
}

const ROW_HEIGHT = 44;
const ROWS_ABOVE = 6;
const POOL_SIZE = 30;
/** Bytes that are parsed in one go: a few milliseconds. */
const SLICE = 1 << 18;
/** Compact JSON inside an array; quotes in texts are escaped, so this stands between two tokens and nowhere else. */
const BETWEEN_TOKENS = new TextEncoder().encode('},{"id":');

function element<T extends HTMLElement>(kind: new () => T, selector: string): T {
  const found = document.querySelector(selector);
  if (!(found instanceof kind)) throw new Error(`The page has no ${selector}.`);
  return found;
}

const search = element(HTMLInputElement, "[type=search]");
const status = element(HTMLElement, "[role=status]");
const scroller = element(HTMLElement, ".scroller");
const table = element(HTMLElement, "[role=table]");
const body = element(HTMLElement, ".rows");

// The list. A row number is a position in these arrays; tokens are active ones.

const tokens: Token[] = [];
/** Lower-cased description and id. */
const haystacks: string[] = [];
let created = new Float64Array(1024);
/** 1 for a token that has been revoked here. */
let gone = new Uint8Array(1024);
let complete = false;

/** Row numbers in each order; by id while they come. */
let byId = new Uint32Array(1024);
let byDescription: Uint32Array | undefined;
let byCreated: Uint32Array | undefined;

/** What is shown: the first `count` of `rows`. */
let rows = new Uint32Array(1024);
let count = 0;
let searched = "";
let sort = { by: "Token ID", descending: false };

/** Room for twice as many rows. */
function grow(): void {
  const size = byId.length * 2;
  const before = { created, gone, byId, rows };
  (created = new Float64Array(size)).set(before.created);
  (gone = new Uint8Array(size)).set(before.gone);
  (byId = new Uint32Array(size)).set(before.byId);
  (rows = new Uint32Array(size)).set(before.rows);
}

/** Adds what is active of a part of the answer, and what matches of that to what is shown. */
function append(part: readonly Token[]): void {
  const now = Date.now();
  const terms = termsOf(searched);
  for (const token of part) {
    if (token.revokedAt !== undefined) continue;
    if (token.expiresAt !== undefined && Date.parse(token.expiresAt) <= now) continue;
    const row = tokens.length;
    if (row === byId.length) grow();
    tokens.push(token);
    haystacks.push(`${token.description}\n${token.id}`.toLowerCase());
    created[row] = Date.parse(token.createdAt);
    byId[row] = row;
    if (matches(row, terms)) rows[count++] = row;
  }
}

function termsOf(text: string): string[] {
  return text.split(" ").filter(Boolean);
}

function matches(row: number, terms: readonly string[]): boolean {
  if (gone[row] === 1) return false;
  const haystack = haystacks[row]!;
  for (const term of terms) if (!haystack.includes(term)) return false;
  return true;
}

/** Finds what is shown anew. When the search only got longer, what is left is a part of what was shown. */
function find(isNarrower: boolean): void {
  const terms = termsOf(searched);
  const from = isNarrower ? rows.subarray(0, count) : order();
  const backwards = !isNarrower && sort.descending;
  const length = from.length;
  count = 0;
  for (let at = 0; at < length; at++) {
    const row = from[backwards ? length - 1 - at : at]!;
    if (matches(row, terms)) rows[count++] = row;
  }
}

// Orders, made ahead while nobody types.

type Compare = (a: number, b: number) => number;

/** Sorts row numbers in steps of about a millisecond, one per `next`. */
function* sortedRows(compare: Compare): Generator<undefined, Uint32Array> {
  const run = 256;
  const length = tokens.length;
  let from = Uint32Array.from({ length }, (_, row) => row);
  let to = new Uint32Array(length);
  for (let start = 0; start < length; start += run) {
    from.subarray(start, start + run).sort(compare);
    yield;
  }
  for (let width = run; width < length; width *= 2) {
    for (let start = 0; start < length; start += 2 * width) {
      const middle = Math.min(start + width, length);
      const end = Math.min(middle + width, length);
      let left = start;
      let right = middle;
      for (let at = start; at < end; at++) {
        const takeLeft = right === end || (left < middle && compare(from[left]!, from[right]!) <= 0);
        to[at] = from[takeLeft ? left++ : right++]!;
        if (at % 2048 === 0) yield;
      }
    }
    [from, to] = [to, from];
  }
  return from;
}

/** Keys that put "Sensor 2" before "Sensor 10" when compared as they are. */
function* naturalKeys(): Generator<undefined, string[]> {
  const keys: string[] = [];
  for (const { description } of tokens) {
    keys.push(description.toLowerCase().replace(/\d+/g, (digits) => digits.padStart(16, "0")));
    if (keys.length % 512 === 0) yield;
  }
  return keys;
}

const descriptionOrder = (function* (): Generator<undefined> {
  const keys = yield* naturalKeys();
  byDescription = yield* sortedRows((a, b) => (keys[a]! < keys[b]! ? -1 : keys[a]! > keys[b]! ? 1 : a - b));
})();

const createdOrder = (function* (): Generator<undefined> {
  byCreated = yield* sortedRows((a, b) => created[a]! - created[b]! || a - b);
})();

function finish(work: Generator<undefined>): void {
  while (work.next().done !== true);
}

function order(): Uint32Array {
  if (sort.by === "Description") {
    finish(descriptionOrder);
    if (byDescription !== undefined) return byDescription;
  }
  if (sort.by === "Created At") {
    finish(createdOrder);
    if (byCreated !== undefined) return byCreated;
  }
  return byId.subarray(0, tokens.length);
}

function prepareWhileIdle(deadline: IdleDeadline): void {
  while (deadline.timeRemaining() > 3) {
    if (descriptionOrder.next().done === true && createdOrder.next().done === true) return;
  }
  requestIdleCallback(prepareWhileIdle);
}

// The screen.

interface Slot {
  element: HTMLElement;
  texts: Text[];
  index: number;
  row: number;
}

const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });

function makeSlot(): Slot {
  const element = document.createElement("div");
  element.setAttribute("role", "row");
  element.className = "row body";
  const texts = Array.from({ length: 5 }, () => {
    const cell = document.createElement("div");
    cell.setAttribute("role", "cell");
    element.append(cell);
    return cell.appendChild(document.createTextNode(""));
  });
  const options = document.createElement("div");
  options.setAttribute("role", "cell");
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Revoke";
  options.append(button);
  element.append(options);
  const slot: Slot = { element, texts, index: -1, row: -1 };
  button.addEventListener("click", () => void revoke(slot.row));
  return slot;
}

const slots = Array.from({ length: POOL_SIZE }, makeSlot);
let scrolled = 0;

/** Puts the rows in sight into the pool. A row that stays in sight stays in its element. */
function draw(): void {
  const first = Math.max(0, Math.min(Math.floor(scrolled / ROW_HEIGHT) - ROWS_ABOVE, count - POOL_SIZE));
  for (let index = first; index < first + POOL_SIZE; index++) {
    const slot = slots[index % POOL_SIZE]!;
    if (index >= count) {
      if (slot.index !== -1) slot.element.remove();
      slot.index = -1;
      continue;
    }
    const row = rows[index]!;
    if (slot.row !== row) fill(slot, row);
    if (slot.index === index) continue;
    slot.element.style.transform = `translateY(${String(index * ROW_HEIGHT)}px)`;
    slot.element.setAttribute("aria-rowindex", String(index + 2));
    if (slot.index === -1) body.append(slot.element);
    slot.index = index;
  }
}

function fill(slot: Slot, row: number): void {
  slot.row = row;
  const { description, id, permissions, expiresAt } = tokens[row]!;
  const values = [
    description,
    id,
    permissions.map(({ resource }) => resource).join(", "),
    day.format(created[row]),
    expiresAt === undefined ? "never" : day.format(Date.parse(expiresAt)),
  ];
  slot.texts.forEach((text, column) => {
    if (text.data !== values[column]) text.data = values[column]!;
  });
}

function show(): void {
  table.setAttribute("aria-rowcount", String(complete ? count + 1 : -1));
  status.textContent = complete ? "" : `${String(tokens.length)} tokens so far`;
  body.style.height = `${String(count * ROW_HEIGHT)}px`;
  draw();
}

function showFromTop(): void {
  if (scrolled > 0) scroller.scrollTop = scrolled = 0;
  show();
}

scroller.addEventListener(
  "scroll",
  () => {
    scrolled = scroller.scrollTop;
    draw();
  },
  { passive: true },
);

search.addEventListener("input", () => {
  const text = search.value.toLowerCase();
  const isNarrower = text.startsWith(searched);
  searched = text;
  find(isNarrower);
  showFromTop();
});

for (const header of table.querySelectorAll("[aria-sort]")) {
  header.addEventListener("click", () => {
    const by = header.textContent.trim();
    sort = { by, descending: sort.by === by && !sort.descending };
    // Until the list is there it is in the order in which it comes.
    if (!complete) return;
    findSorted();
    showFromTop();
  });
}

function findSorted(): void {
  for (const header of table.querySelectorAll("[aria-sort]")) {
    const direction = sort.descending ? "descending" : "ascending";
    header.setAttribute("aria-sort", header.textContent.trim() === sort.by ? direction : "none");
  }
  find(false);
}

async function revoke(row: number): Promise<void> {
  const token = tokens[row];
  if (token === undefined) return;
  // With a key, as everything that changes something should have: the gateway then keeps its answer.
  const answer = await fetch(`/api/v0/tokens/${token.id}`, {
    method: "DELETE",
    headers: { "Idempotency-Key": crypto.randomUUID() },
  });
  if (!answer.ok) {
    status.textContent = `Not revoked: ${String(answer.status)}`;
    return;
  }
  gone[row] = 1;
  const at = rows.subarray(0, count).indexOf(row);
  if (at !== -1) {
    rows.copyWithin(at, at + 1, count);
    count--;
  }
  show();
}

// The answer.

/** A task of its own, so that keys and frames come in between. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.addEventListener("message", () => resolve(), { once: true });
    port1.start();
    port2.postMessage(undefined);
  });
}

function nextFrame(): Promise<void> {
  return new Promise((resolve) => {
    requestAnimationFrame(() => resolve());
  });
}

const decoder = new TextDecoder();
/** What has come and is not taken yet: the beginning of a JSON array, to `heldLength`. */
let held = new Uint8Array(SLICE);
let heldLength = 0;
let nextShow = 0;

/** Shows all whole tokens of what is held, and keeps the rest. */
async function takeWhole(): Promise<void> {
  const comma = lastCommaBetweenTokens();
  if (comma === -1) {
    if (heldLength < held.length) return;
    const longer = new Uint8Array(held.length * 2);
    longer.set(held);
    held = longer;
    return;
  }
  // The comma ends one array and begins the next: nothing is put together from pieces.
  held[comma] = "]".charCodeAt(0);
  await take(held.subarray(0, comma + 1));
  held.copyWithin(0, comma, heldLength);
  held[0] = "[".charCodeAt(0);
  heldLength -= comma;
}

function lastCommaBetweenTokens(): number {
  for (let at = heldLength - BETWEEN_TOKENS.length; at >= 0; at--) {
    if (BETWEEN_TOKENS.every((byte, offset) => held[at + offset] === byte)) return at + 1;
  }
  return -1;
}

/** Shows a part of the answer: a JSON array. */
async function take(json: Uint8Array): Promise<void> {
  const isFirst = tokens.length === 0;
  const part: Token[] = JSON.parse(decoder.decode(json));
  append(part);
  // Nobody reads a count that changes with every frame, and each frame that is made takes time from the list.
  if (isFirst || count < POOL_SIZE || performance.now() > nextShow) {
    show();
    nextShow = performance.now() + 100;
  }
  // The first rows must be seen before the next part is parsed.
  if (isFirst) await nextFrame();
  await turn();
}

async function load(): Promise<void> {
  const answer = await window.tokensAnswer;
  if (!answer.ok || answer.body === null) throw new Error(`The list answers ${String(answer.status)}.`);
  const reader = answer.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    for (let copied = 0; copied < value.length;) {
      const part = value.subarray(copied, copied + held.length - heldLength);
      held.set(part, heldLength);
      heldLength += part.length;
      copied += part.length;
      // The first rows are wanted as soon as they come.
      if (tokens.length === 0 || heldLength === held.length) await takeWhole();
    }
  }
  // A list that was cut off does not parse.
  await take(held.subarray(0, heldLength));
  await sortById();
  complete = true;
  findSorted();
  show();
  requestIdleCallback(prepareWhileIdle);
}

/** The gateway promises no order, and gives that of the ids. */
async function sortById(): Promise<void> {
  if (tokens.every(({ id }, row) => row === 0 || tokens[row - 1]!.id < id)) return;
  const work = sortedRows((a, b) => (tokens[a]!.id < tokens[b]!.id ? -1 : 1));
  for (;;) {
    const step = work.next();
    if (step.done === true) {
      byId.set(step.value);
      return;
    }
    await turn();
  }
}

searched = search.value.toLowerCase();
load().catch((error: unknown) => {
  status.textContent = String(error);
});
