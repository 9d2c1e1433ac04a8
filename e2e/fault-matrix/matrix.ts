/**
 * The fault matrix: what an administrator sees, and what the database holds, when something breaks in the middle of an
 * operation. The one place where this is said: tests, the page of the documentation and the printed table come from it.
 */

export const operations = {
  list: "List",
  revoke: "Revoke",
  bulk: "Bulk revoke",
  create: "Create",
  rotate: "Rotate",
  update: "Update",
  suspend: "Suspend",
} as const;
export type Operation = keyof typeof operations;

export const faults = {
  before: "the line breaks before the server acted",
  lost: "answer lost after the server acted",
  cut: "the TCP connection breaks in the middle of the answer",
  resend: "the browser sends it again on a dead connection",
  twice: "double click, Enter twice",
  session: "the session ends while a dialog is open",
  credential: "the upstream refuses the credential (401)",
  forbidden: "403",
  missing: "404",
  conflict: "409",
  limited: "429 with Retry-After",
  broken: "500, 502, 503, 504",
  garbled: "not JSON, wrong schema, HTML with 200",
  slow: "no answer in time",
  drip: "an answer that stalls half way, or is over 64 MB",
  offline: "offline",
  others: "two administrators, two tabs",
  leaving: "back, reload, close",
  killed: "the gateway is killed",
  clocks: "clocks off by a day, summer time",
  hostile: "hostile text",
} as const;
export type Fault = keyof typeof faults;

/** Where it breaks: between the browser and the gateway, or between the gateway and the InfluxDB behind it. */
export const legs = { browser: "browser leg", upstream: "upstream leg" } as const;
export type Leg = keyof typeof legs;

/** What the database must hold afterwards, compared with all that it held before. */
export const databaseStates = {
  same: "as before",
  revoked: "this token is revoked, nothing else changed",
  allRevoked: "all chosen tokens are revoked, nothing else changed",
  someRevoked: "what the report says is revoked, and nothing else",
  created: "one new token",
  changed: "the change is saved, nothing else changed",
  suspended: "suspended, its permissions kept",
  stated: "as the test says",
} as const;
export type DatabaseState = keyof typeof databaseStates;

/** A Playwright test by its file, from the project's folder, and its title. */
export interface NamedTest {
  file: string;
  title: string;
}

export type Cell =
  /** Played by scenario.ts. `screen`: words that stand on the screen; {name} is the token's. */
  | { by: "scenario"; screen: readonly string[]; database: DatabaseState }
  /** Tests elsewhere, which must be there, must have run, and must have passed. */
  | { by: "test"; screen: readonly string[]; database: DatabaseState; tests: readonly NamedTest[] }
  /** Cannot happen, for a reason that is stated. */
  | { by: "none"; why: string };

/** Where the legs differ there is a cell for each. */
export type Entry = Cell | Readonly<Record<Leg, Cell>>;

export interface PlacedCell {
  operation: Operation;
  fault: Fault;
  /** Undefined where there is one cell for both. */
  leg: Leg | undefined;
  cell: Cell;
}

const scenario = (database: DatabaseState, ...screen: readonly string[]): Cell => ({
  by: "scenario",
  screen,
  database,
});
const none = (why: string): Cell => ({ by: "none", why });
const test = (
  file: string,
  titles: string | readonly string[],
  database: DatabaseState,
  ...screen: readonly string[]
): Cell => ({
  by: "test",
  tests: (typeof titles === "string" ? [titles] : titles).map((title) => ({ file: `e2e/${file}`, title })),
  database,
  screen,
});

const READS = "reading changes nothing: an answer that is lost is one that did not come";
const NO_TIME_SENT = "it sends no time, and none is computed from its answer";
const ID_DECIDES = "a token is named by its id, which nobody writes";
const HOSTILE_NAMES = test(
  "hostile-text.e2e.ts",
  "19. bidirectional text is isolated, what cannot be seen is escaped, and the dialog shows the id",
  "same",
  "isolated, escaped, and the id in the dialog",
);

const revokeNotDone = "The token was not revoked.";
const createNotDone = "The token was not created.";
const replaceNotDone = "The replacement was not created.";
const notRecorded = "it is not recorded whether it was created";
const noneCalledSo = "No token that was created since is called as the replacement was to be called:";
const lostReplacement = "The answer got lost, and the secret of the replacement with it";
const saveNotDone = "The changes were not saved.";
const suspendNotDone = "The token was not suspended.";
const refusedWords = "The made-up server refuses this.";
const pauseWords = "The made-up server asks for a pause.";
const brokenWords = "The made-up server is out of order.";

export const matrix = {
  list: {
    before: {
      browser: scenario("same", "Not refreshed since", "The gateway did not answer."),
      upstream: scenario("same", "Not refreshed since"),
    },
    lost: none(READS),
    cut: {
      browser: test(
        "list-stream.e2e.ts",
        "a list that breaks off is an error, with some rows, the old ones or none, and never a shorter list",
        "same",
        "The list is not complete",
        "Not refreshed since",
      ),
      upstream: scenario("same", "Not refreshed since"),
    },
    resend: scenario("same"),
    twice: scenario("same"),
    session: scenario("same", "Your session has ended"),
    credential: {
      browser: scenario("same", "Not refreshed since", refusedWords),
      upstream: scenario("same", "Not refreshed since"),
    },
    forbidden: scenario("same", refusedWords, "This list is not empty: it may not be read."),
    missing: scenario("same", "Not refreshed since", "There is no such cluster."),
    conflict: none("nothing that reads conflicts with anything"),
    limited: scenario("same"),
    broken: {
      browser: scenario("same", "Not refreshed since", brokenWords),
      upstream: scenario("same", "Not refreshed since"),
    },
    garbled: {
      browser: scenario("same", "Not refreshed since", "is not what the gateway sends"),
      upstream: scenario("same", "Not refreshed since"),
    },
    slow: scenario("same", "Not refreshed since"),
    drip: test(
      "list-stream.e2e.ts",
      [
        "the first rows are there while the rest is coming, and nothing is claimed of the rest",
        "rows that cannot be read are named, also those that come late; a list over 64 MB is refused by its size",
      ],
      "same",
      "tokens so far…",
      "The list is larger than 64 MB",
    ),
    offline: scenario("same", "Not refreshed since", "This browser is offline. Nothing was sent."),
    others: test(
      "revoke-many.e2e.ts",
      "a refresh changes nothing about who is selected, and says who has left",
      "same",
      "who has left the list is said",
    ),
    leaving: test(
      "list.e2e.ts",
      "search, filters, switch and order are in the address, and Back undoes a step",
      "same",
      "the view is in the address",
    ),
    killed: scenario("same", "Not refreshed since"),
    clocks: scenario("same", "Expired"),
    hostile: test(
      "hostile-text.e2e.ts",
      "18. over 100 script payloads and over 100 hostile texts are text: in the list, in search, in a dialog, as the server's words",
      "same",
      "text, and nothing but text",
    ),
  },

  revoke: {
    before: {
      browser: scenario(
        "same",
        revokeNotDone,
        "The request was lost. Reading the token back shows it active.",
      ),
      upstream: scenario("same", revokeNotDone),
    },
    lost: {
      browser: scenario("revoked", 'Revoked "{name}" (verified by reading it back)'),
      upstream: scenario("revoked", 'Revoked "{name}" (verified by reading it back)'),
    },
    cut: {
      browser: scenario("revoked", 'Revoked "{name}"'),
      upstream: scenario("revoked", 'Revoked "{name}" (verified by reading it back)'),
    },
    resend: scenario("revoked", 'Revoked "{name}"'),
    twice: scenario("revoked", 'Revoked "{name}"'),
    session: scenario("same", "Your session had ended before it was sent. Sign in, read this again"),
    credential: {
      browser: scenario("same", revokeNotDone, refusedWords),
      upstream: scenario("same", revokeNotDone),
    },
    forbidden: {
      browser: scenario("same", revokeNotDone, refusedWords, "Request made-up-request-id"),
      upstream: scenario("same", revokeNotDone, refusedWords),
    },
    missing: {
      browser: scenario(
        "same",
        "It is not known whether the token was revoked.",
        "There is no such cluster.",
      ),
      upstream: scenario("same", "It is not known whether the token was revoked."),
    },
    conflict: scenario("same", revokeNotDone, refusedWords),
    limited: {
      browser: scenario("same", pauseWords, "Revoke Token in"),
      upstream: scenario("same", pauseWords, "Revoke Token in"),
    },
    broken: {
      browser: scenario("same", revokeNotDone, brokenWords),
      upstream: scenario("same", revokeNotDone),
    },
    garbled: {
      browser: scenario("revoked", 'Revoked "{name}" (verified by reading it back)'),
      upstream: scenario("revoked", 'Revoked "{name}" (verified by reading it back)'),
    },
    slow: scenario("same", revokeNotDone, "The request was lost."),
    drip: scenario("revoked", 'Revoked "{name}" (verified by reading it back)'),
    offline: scenario("same", revokeNotDone, "This browser is offline. Nothing was sent."),
    others: test(
      "revoke.e2e.ts",
      "another administrator was first: already gone, and said so",
      "revoked",
      "already gone",
    ),
    leaving: scenario("revoked"),
    killed: scenario("same", "It is not known whether the token was revoked.", revokeNotDone),
    clocks: none(NO_TIME_SENT),
    hostile: HOSTILE_NAMES,
  },

  bulk: {
    before: scenario("same", "3 tokens: 3 not revoked", "The request was lost."),
    lost: {
      browser: scenario("allRevoked", "3 tokens: 3 revoked", "Verified by reading it back."),
      upstream: scenario("allRevoked", "3 tokens: 3 revoked", "Verified by reading it back."),
    },
    cut: {
      browser: scenario("allRevoked", "3 tokens: 3 revoked"),
      upstream: scenario("allRevoked", "3 tokens: 3 revoked"),
    },
    resend: scenario("allRevoked", "3 tokens: 3 revoked"),
    twice: scenario("allRevoked", "3 tokens: 3 revoked"),
    session: test(
      "revoke-many.e2e.ts",
      "the session ends in the middle: it goes on only after the rest was consented to anew",
      "allRevoked",
      "Paused: your session had ended.",
    ),
    credential: test(
      "revoke-many.e2e.ts",
      "the credential is refused: the run ends and its report says why",
      "same",
      "InfluxDB does not take the gateway's credential any more",
    ),
    forbidden: test(
      "revoke-many.e2e.ts",
      "three failures in a row pause the run; what failed stays selected and is reported",
      "someRevoked",
      "Paused: three in a row were not revoked.",
    ),
    missing: scenario("same", "3 unknown", "There is no such cluster."),
    conflict: scenario("same", "3 not revoked", refusedWords),
    limited: test(
      "revoke-many.e2e.ts",
      "the server asks for a pause: all wait, and the rest follows without anybody",
      "allRevoked",
      "The server asked for a pause.",
    ),
    broken: scenario("same", "3 not revoked", brokenWords),
    garbled: scenario("allRevoked", "3 tokens: 3 revoked", "Verified by reading it back."),
    slow: scenario("same", "3 not revoked", "The request was lost."),
    drip: scenario("allRevoked", "3 tokens: 3 revoked", "Verified by reading it back."),
    offline: scenario(
      "same",
      "Nothing was revoked: the run could not be recorded.",
      "This browser is offline. Nothing was sent.",
    ),
    others: test(
      "revoke-many.e2e.ts",
      "somebody else signs in: the run stops, and its owner is told later what is gone",
      "someRevoked",
      "already gone",
    ),
    leaving: test(
      "revoke-many.e2e.ts",
      "the page is reloaded in the middle: the run is found, and only the rest is sent",
      "allRevoked",
      "was interrupted",
    ),
    killed: test(
      "revoke-many.e2e.ts",
      "the gateway is killed in the middle and started again: continued, and what is unknown is read",
      "someRevoked",
      "Paused: three in a row were not revoked.",
    ),
    clocks: none(NO_TIME_SENT),
    hostile: test(
      "revoke-many.e2e.ts",
      "revokes what was selected, says what would stop, and the database agrees",
      "allRevoked",
      "a description that a spreadsheet would run stays text in the CSV",
    ),
  },

  create: {
    before: {
      browser: scenario(
        "same",
        createNotDone,
        "The request was lost, and the gateway will not take it any more.",
      ),
      upstream: scenario("same", createNotDone),
    },
    lost: {
      browser: scenario("created", "Database Token Created"),
      upstream: scenario("created", "The token was created, but its secret is lost"),
    },
    cut: {
      browser: scenario("created", "Database Token Created"),
      upstream: scenario("created", "The token was created, but its secret is lost"),
    },
    resend: scenario("created", "Database Token Created"),
    twice: scenario("created", "Database Token Created"),
    session: scenario("same", "Your session had ended before it was sent. Sign in, and create it again."),
    credential: {
      browser: scenario("same", createNotDone, refusedWords),
      upstream: scenario("same", createNotDone),
    },
    forbidden: {
      browser: scenario("same", createNotDone, refusedWords, "Request made-up-request-id"),
      upstream: scenario("same", createNotDone, refusedWords),
    },
    missing: {
      browser: scenario("same", createNotDone, "There is no such cluster."),
      upstream: scenario("same", createNotDone),
    },
    conflict: {
      browser: scenario("same", createNotDone, refusedWords),
      upstream: scenario("same", createNotDone, refusedWords),
    },
    limited: {
      browser: scenario("same", pauseWords, "Create Token in"),
      upstream: scenario("same", pauseWords, "Create Token in"),
    },
    broken: {
      browser: scenario("same", createNotDone),
      upstream: scenario("same", createNotDone),
    },
    garbled: {
      browser: scenario("created", "Database Token Created"),
      upstream: scenario("created", "The token was created, but its secret is lost"),
    },
    slow: scenario("same", createNotDone),
    drip: scenario("created", "Database Token Created"),
    offline: scenario("same", createNotDone, "This browser is offline. Nothing was sent."),
    others: scenario("stated", "Another active token has this description."),
    leaving: test(
      "create.e2e.ts",
      "a page that is loaded again shows the secret again, and not after it was stored",
      "created",
      "Database Token Created",
    ),
    killed: test(
      "create.e2e.ts",
      "the gateway is killed in the middle: unknown, no blind repeat, and Check again finds out",
      "created",
      "It is not known whether the token was created.",
    ),
    clocks: test(
      "create.e2e.ts",
      "another expiry than asked for is said beside the secret, and revoking is offered",
      "created",
      "You asked for another expiry",
    ),
    hostile: scenario("same", "The description must not contain"),
  },

  rotate: {
    before: {
      browser: scenario("same", replaceNotDone, "Nothing was created"),
      upstream: scenario("same", notRecorded, noneCalledSo),
    },
    lost: {
      browser: scenario("created", "Database Token Created"),
      upstream: scenario("created", lostReplacement, "{name}, replaced"),
    },
    cut: {
      browser: scenario("created", "Database Token Created"),
      upstream: scenario("created", lostReplacement, "{name}, replaced"),
    },
    resend: scenario("created", "Database Token Created"),
    twice: scenario("created", "Database Token Created"),
    session: scenario("same", "Your session had ended before it was sent."),
    credential: scenario("same", replaceNotDone, refusedWords),
    forbidden: scenario("same", replaceNotDone, refusedWords, "Request made-up-request-id"),
    missing: scenario("same", replaceNotDone, "There is no such cluster."),
    conflict: scenario("same", replaceNotDone, refusedWords),
    limited: scenario("same", pauseWords, "Create Replacement in"),
    broken: {
      browser: scenario("same", replaceNotDone, brokenWords),
      upstream: scenario("same", notRecorded, noneCalledSo),
    },
    garbled: {
      browser: scenario("created", "Database Token Created"),
      upstream: scenario("created", lostReplacement, "{name}, replaced"),
    },
    slow: scenario("same", replaceNotDone),
    drip: scenario("created", "Database Token Created"),
    offline: scenario("same", replaceNotDone, "This browser is offline. Nothing was sent."),
    others: test(
      "rotate.e2e.ts",
      "a rotation that a colleague ended is said to be over, and nothing more",
      "stated",
      "the rotation is over",
    ),
    leaving: test(
      "rotate.e2e.ts",
      "a page that is left with its secret shows it again; another one can not",
      "created",
      "Database Token Created",
    ),
    killed: test(
      "rotate.e2e.ts",
      "a replacement that nobody recorded is named, and can be revoked",
      "created",
      "what may be the replacement is named",
    ),
    clocks: test(
      "rotate.e2e.ts",
      "after a reload it is still said that the replacement does not expire as it was asked",
      "created",
      "does not expire as asked",
    ),
    hostile: HOSTILE_NAMES,
  },

  update: {
    before: {
      browser: scenario(
        "same",
        saveNotDone,
        "The request was lost. Reading the token back shows it as it was.",
      ),
      upstream: scenario("same", saveNotDone),
    },
    lost: {
      browser: scenario("changed", 'Saved "{name}, changed" (verified by reading it back)'),
      upstream: scenario("changed", 'Saved "{name}, changed" (verified by reading it back)'),
    },
    cut: {
      browser: scenario("changed", 'Saved "{name}, changed"'),
      upstream: scenario("changed", 'Saved "{name}, changed" (verified by reading it back)'),
    },
    resend: scenario("changed", 'Saved "{name}, changed"'),
    twice: scenario("changed", 'Saved "{name}, changed"'),
    session: scenario("same", "Your session had ended before it was sent."),
    credential: {
      browser: scenario("same", saveNotDone, refusedWords),
      upstream: scenario("same", saveNotDone),
    },
    forbidden: {
      browser: scenario("same", saveNotDone, refusedWords, "Request made-up-request-id"),
      upstream: scenario("same", saveNotDone, refusedWords),
    },
    missing: {
      browser: scenario("same", saveNotDone, "There is no such cluster."),
      upstream: scenario("same", saveNotDone),
    },
    conflict: test(
      "edit.e2e.ts",
      "revoked meanwhile: nothing is saved, and what was wanted stays on the screen",
      "stated",
      "This token was revoked meanwhile.",
    ),
    limited: {
      browser: scenario("same", pauseWords, "Save Changes in"),
      upstream: scenario("same", pauseWords, "Save Changes in"),
    },
    broken: {
      browser: scenario("same", saveNotDone, brokenWords),
      upstream: scenario("same", saveNotDone),
    },
    garbled: {
      browser: scenario("changed", 'Saved "{name}, changed" (verified by reading it back)'),
      upstream: scenario("changed", 'Saved "{name}, changed" (verified by reading it back)'),
    },
    slow: scenario("same", saveNotDone, "The request was lost."),
    drip: scenario("changed", 'Saved "{name}, changed" (verified by reading it back)'),
    offline: scenario("same", saveNotDone, "This browser is offline. Nothing was sent."),
    others: test(
      "edit.e2e.ts",
      "two administrators at once: both changes are brought together and both are kept",
      "changed",
      "Somebody else changed this token while you did.",
    ),
    leaving: test("edit.e2e.ts", "a change is not thrown away unasked", "same", "Throw your changes away?"),
    killed: scenario("same", "It is not known whether the changes were saved."),
    clocks: none(NO_TIME_SENT),
    hostile: test(
      "edit.e2e.ts",
      "shows the change before it is saved, with what stops working, and sends only what changed",
      "changed",
      "what was not changed is not sent",
    ),
  },

  suspend: {
    before: {
      browser: scenario("same", suspendNotDone),
      upstream: scenario("same", suspendNotDone),
    },
    lost: {
      browser: scenario("suspended", 'Suspended "{name}" (verified by reading it back)'),
      upstream: scenario("suspended", 'Suspended "{name}" (verified by reading it back)'),
    },
    cut: {
      browser: scenario("suspended", 'Suspended "{name}"'),
      upstream: scenario("suspended", 'Suspended "{name}" (verified by reading it back)'),
    },
    resend: scenario("suspended", 'Suspended "{name}"'),
    twice: scenario("suspended", 'Suspended "{name}"'),
    session: scenario("same", "Your session had ended before it was sent."),
    credential: scenario("same", suspendNotDone, refusedWords),
    forbidden: scenario("same", suspendNotDone, refusedWords, "Request made-up-request-id"),
    missing: scenario("same", suspendNotDone, "There is no such cluster."),
    conflict: scenario("same", suspendNotDone),
    limited: scenario("same", pauseWords, "Suspend Token in"),
    broken: {
      browser: scenario("same", suspendNotDone, brokenWords),
      upstream: scenario("same", suspendNotDone),
    },
    garbled: {
      browser: scenario("suspended", 'Suspended "{name}" (verified by reading it back)'),
      upstream: scenario("suspended", 'Suspended "{name}" (verified by reading it back)'),
    },
    slow: scenario("same", suspendNotDone, "The request was lost."),
    drip: scenario("suspended", 'Suspended "{name}" (verified by reading it back)'),
    offline: scenario("same", suspendNotDone, "This browser is offline. Nothing was sent."),
    others: test(
      "suspend.e2e.ts",
      "somebody else changed the token first: it is not suspended, and what it is now is shown",
      "stated",
      "Somebody else changed this token meanwhile.",
    ),
    leaving: scenario("suspended"),
    killed: scenario("same", "It is not known whether the token was suspended."),
    clocks: none(NO_TIME_SENT),
    hostile: none(ID_DECIDES),
  },
} as const satisfies Readonly<Record<Operation, Readonly<Record<Fault, Entry>>>>;

export function isCell(entry: Entry): entry is Cell {
  return "by" in entry;
}

export function keysOf<Key extends string>(record: Readonly<Record<Key, unknown>>): Key[] {
  return Object.keys(record) as Key[];
}

/** The cells of a table in reading order, fault by fault. */
export function cellsOf(
  table: Readonly<Record<Operation, Readonly<Record<Fault, Entry>>>> = matrix,
): PlacedCell[] {
  return keysOf(faults).flatMap((fault) =>
    keysOf(operations).flatMap((operation): PlacedCell[] => {
      const entry: Entry = table[operation][fault];
      return isCell(entry)
        ? [{ operation, fault, leg: undefined, cell: entry }]
        : keysOf(legs).map((leg) => ({ operation, fault, leg, cell: entry[leg] }));
    }),
  );
}

/** What a cell's test is called, and how it is named wherever it is spoken of. */
export function cellName({ operation, fault, leg }: Omit<PlacedCell, "cell">): string {
  const where = leg === undefined ? "" : ` (${legs[leg]})`;
  return `${operations[operation]} × ${faults[fault]}${where}`;
}
