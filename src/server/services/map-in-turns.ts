import { setImmediate as nextTurn } from "node:timers/promises";

const ROWS_A_TURN = 5000;

/** `rows.map(make)`, in the middle of which other requests go on where the list is long. */
export async function mapInTurns<Row, Made>(rows: readonly Row[], make: (row: Row) => Made): Promise<Made[]> {
  const made: Made[] = [];
  for (const row of rows) {
    if (made.length % ROWS_A_TURN === ROWS_A_TURN - 1) await nextTurn();
    made.push(make(row));
  }
  return made;
}
