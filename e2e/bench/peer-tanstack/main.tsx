import {
  columnFilteringFeature,
  createColumnHelper,
  createFilteredRowModel,
  createSortedRowModel,
  globalFilteringFeature,
  rowSortingFeature,
  sortFn_alphanumeric,
  sortFn_basic,
  tableFeatures,
  useTable,
} from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, useState } from "react";
import { createRoot } from "react-dom/client";

// What a competent developer gets from the libraries' own documentation, and no more: TanStack Table over plain
// objects, its row models, its virtual rows. The measure of what Tokenward's own engine is worth.

interface Token {
  id: string;
  description: string;
  permissions: { action: string; resource: string }[];
  createdAt: string;
  expiresAt?: string;
  revokedAt?: string;
}

const features = tableFeatures({
  columnFilteringFeature,
  globalFilteringFeature,
  rowSortingFeature,
  filteredRowModel: createFilteredRowModel(),
  sortedRowModel: createSortedRowModel(),
});

const helper = createColumnHelper<typeof features, Token>();
const columns = helper.columns([
  helper.accessor("description", {
    header: "Description",
    sortFn: sortFn_alphanumeric,
    sortDescFirst: false,
  }),
  helper.accessor("id", { header: "Token ID", sortFn: sortFn_basic }),
  helper.accessor((token) => token.permissions.map(({ resource }) => resource).join(", "), {
    id: "databases",
    header: "Databases",
  }),
  helper.accessor("createdAt", { header: "Created At", sortFn: sortFn_basic, sortDescFirst: false }),
  helper.accessor((token) => token.expiresAt ?? "never", { id: "expiresAt", header: "Expires At" }),
]);

// The list as Tokenward asks for it: the same answer for every application.
const LIST =
  "/api/v0/accounts/11111111-1111-4111-8111-111111111111/clusters/33333333-3333-4333-8333-333333333333/tokens";
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const ROW_HEIGHT = 44;

function isActive(token: Token): boolean {
  if (token.revokedAt !== undefined) return false;
  return token.expiresAt === undefined || Date.parse(token.expiresAt) > Date.now();
}

async function fetchTokens(): Promise<Token[]> {
  const answer = await fetch(LIST);
  const tokens: Token[] = await answer.json();
  return tokens.filter(isActive).sort((left, right) => (left.id < right.id ? -1 : 1));
}

function text(columnId: string, value: unknown): string {
  return columnId === "createdAt" ? day.format(Date.parse(String(value))) : String(value);
}

function Tokens() {
  const [data, setData] = useState<Token[]>([]);
  const scroller = useRef<HTMLDivElement>(null);
  useEffect(() => {
    void fetchTokens().then(setData);
  }, []);

  const table = useTable({
    features,
    columns,
    data,
    getRowId: (token) => token.id,
    enableSortingRemoval: false,
    getColumnCanGlobalFilter: (column) => column.id === "description",
    // One call a row: every term somewhere in description or id.
    globalFilterFn: ({ original }, _columnId, wanted) => {
      const haystack = `${original.description}\n${original.id}`.toLowerCase();
      return String(wanted)
        .toLowerCase()
        .split(" ")
        .every((term) => haystack.includes(term));
    },
  });
  const { rows } = table.getRowModel();
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 6,
    initialRect: { width: 1000, height: 800 },
  });

  async function revoke(id: string): Promise<void> {
    // With a key, as everything that changes something should have: the gateway then keeps its answer.
    const answer = await fetch(`/api/v0/tokens/${id}`, {
      method: "DELETE",
      headers: { "Idempotency-Key": crypto.randomUUID() },
    });
    if (answer.ok) setData((tokens) => tokens.filter((token) => token.id !== id));
  }

  return (
    <>
      <h1>Database Tokens</h1>
      <input
        type="search"
        aria-label="Search"
        onChange={(event) => table.setGlobalFilter(event.target.value)}
      />
      <div ref={scroller} className="scroller">
        <div role="table" aria-label="Database Tokens" aria-rowcount={rows.length + 1}>
          {table.getHeaderGroups().map((group) => (
            <div key={group.id} role="row" aria-rowindex={1} className="row head">
              {group.headers.map((header) => (
                <div
                  key={header.id}
                  role="columnheader"
                  aria-sort={
                    { asc: "ascending" as const, desc: "descending" as const, none: "none" as const }[
                      header.column.getIsSorted() || "none"
                    ]
                  }
                >
                  <button type="button" onClick={header.column.getToggleSortingHandler()}>
                    {String(header.column.columnDef.header)}
                  </button>
                </div>
              ))}
              <div role="columnheader">Options</div>
            </div>
          ))}
          <div role="rowgroup" style={{ height: virtualizer.getTotalSize(), position: "relative" }}>
            {virtualizer.getVirtualItems().map((item) => {
              const row = rows[item.index];
              if (row === undefined) return null;
              return (
                <div
                  key={row.id}
                  role="row"
                  aria-rowindex={item.index + 2}
                  className="row body"
                  style={{ transform: `translateY(${String(item.start)}px)` }}
                >
                  {row.getAllCells().map((cell) => (
                    <div key={cell.id} role="cell">
                      {text(cell.column.id, cell.getValue())}
                    </div>
                  ))}
                  <div role="cell">
                    <button type="button" onClick={() => void revoke(row.original.id)}>
                      Revoke
                    </button>
                  </div>
                </div>
              );
            })}
          </div>
        </div>
      </div>
    </>
  );
}

const root = document.getElementById("root");
if (root !== null) createRoot(root).render(<Tokens />);
