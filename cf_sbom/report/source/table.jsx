// A table with a search, filters, an order and pages. Ten thousand rows are in memory, one page of them on the screen;
// while the page is printed, the first PRINTED of what was found are.
//
// Effects are layout effects in all of the page: the next key or click finds it as the last one left it.

import { useId, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { Choice } from "./parts.jsx";

const ORDER = new Intl.Collator("en", { numeric: true });
const PRINTED = 2000;
const SIZES = ["50", "100", "500"];

const compare = (one, other) =>
  typeof one === "number" && typeof other === "number" ? one - other : ORDER.compare(String(one), String(other));

/**
 * what, single: what rows are called, several and one;
 * columns: {title, value(row) to sort by, cell(row) to show (else the value), number}; the first one names the row.
 * search(row): the text that is searched; filters: {label, options: [[key, text]], passes(row, key)}, key "" lets all
 * through; detail(row): what a row unfolds to; wanted: {row, turn}, a row to be brought into sight.
 */
export function Table({
  title,
  what,
  single = what.replace(/s$/, ""),
  rows,
  columns,
  search,
  filters = [],
  detail,
  wanted,
  first = 0,
  down = false,
}) {
  const id = useId();
  const [query, setQuery] = useState("");
  const [chosen, setChosen] = useState(() => filters.map(() => ""));
  const [sort, setSort] = useState({ column: first, down });
  const [page, setPage] = useState(0);
  const [length, setLength] = useState("100");
  const [open, setOpen] = useState(() => new Set());
  const [printed, setPrinted] = useState(false);
  const body = useRef(null);
  const asked = query.trim() !== "";
  const texts = useMemo(() => asked && new Map(rows.map((row) => [row, search(row).toLowerCase()])), [rows, asked]);

  const sorted = useMemo(() => {
    const { value } = columns[sort.column];
    const keyed = rows.map((row, index) => [value(row), index, row]);
    keyed.sort((one, other) => (sort.down ? -1 : 1) * compare(one[0], other[0]) || one[1] - other[1]);
    return keyed.map(([, , row]) => row);
  }, [rows, sort]);
  const found = useMemo(() => {
    const words = query.toLowerCase().split(/\s+/).filter(Boolean);
    return sorted.filter(
      (row) =>
        filters.every((filter, index) => !chosen[index] || filter.passes(row, chosen[index])) &&
        words.every((word) => texts.get(row).includes(word)),
    );
  }, [sorted, query, chosen]);

  const pages = Math.max(1, Math.ceil(found.length / length));
  const at = Math.min(page, pages - 1);
  const shown = printed ? found.slice(0, PRINTED) : found.slice(at * length, (at + 1) * length);

  useLayoutEffect(() => {
    const before = () => setPrinted(true);
    const after = () => setPrinted(false);
    addEventListener("beforeprint", before);
    addEventListener("afterprint", after);
    return () => {
      removeEventListener("beforeprint", before);
      removeEventListener("afterprint", after);
    };
  }, []);
  useLayoutEffect(() => {
    setPage(0);
    setOpen(new Set());
  }, [rows]);
  useLayoutEffect(() => {
    if (!wanted) return;
    setQuery("");
    setChosen(filters.map(() => ""));
    setOpen(new Set([wanted.row]));
    setPage(Math.floor(sorted.indexOf(wanted.row) / length));
  }, [wanted]);
  useLayoutEffect(() => {
    if (!wanted || !open.has(wanted.row) || !shown.includes(wanted.row)) return;
    const row = body.current.querySelector(`[data-row="${shown.indexOf(wanted.row)}"] button`);
    row?.scrollIntoView({ block: "center" });
    row?.focus();
  }, [wanted, open, page]);

  const turn = (row) => {
    const next = new Set(open);
    if (!next.delete(row)) next.add(row);
    setOpen(next);
  };
  const number = found.length === rows.length ? "" : `${found.length.toLocaleString("en")} of `;

  return (
    <div class="table">
      <div class="tools" role="search" aria-label={title}>
        {search && (
          <span class="choice">
            <label for={`${id}-q`}>Search</label>
            <input
              id={`${id}-q`}
              type="search"
              autocomplete="off"
              spellcheck={false}
              value={query}
              onInput={(event) => {
                setQuery(event.currentTarget.value);
                setPage(0);
              }}
            />
          </span>
        )}
        {filters.map((filter, index) => (
          <Choice
            label={filter.label}
            value={chosen[index]}
            options={[["", "all"], ...filter.options]}
            onChange={(key) => {
              setChosen(chosen.map((old, other) => (other === index ? key : old)));
              setPage(0);
            }}
          />
        ))}
        <span role="status">
          {number}
          {rows.length.toLocaleString("en")} {rows.length === 1 ? single : what}
        </span>
      </div>
      <div class="scroll" role="region" aria-label={`${title}, table`} tabindex="0">
        <table>
          <caption>{title}</caption>
          <thead>
            <tr>
              {columns.map((column, index) => (
                <th
                  scope="col"
                  class={column.number ? "number" : ""}
                  aria-sort={sort.column !== index ? "none" : sort.down ? "descending" : "ascending"}
                >
                  <button
                    type="button"
                    onClick={() => setSort({ column: index, down: sort.column === index && !sort.down })}
                  >
                    {column.title}
                    <span class="arrow" aria-hidden="true">
                      {sort.column !== index ? "" : sort.down ? " ▼" : " ▲"}
                    </span>
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody ref={body}>
            {shown.map((row, index) => {
              const unfolded = open.has(row);
              const cells = columns.map((column, place) => {
                const content = column.cell ? column.cell(row) : column.value(row);
                const look = column.number ? "number" : "";
                if (place) return <td class={look}>{content}</td>;
                return (
                  <th scope="row" class={look}>
                    {detail ? (
                      <button type="button" class="fold" aria-expanded={unfolded} onClick={() => turn(row)}>
                        {content}
                      </button>
                    ) : (
                      content
                    )}
                  </th>
                );
              });
              return (
                <>
                  <tr data-row={index}>{cells}</tr>
                  {unfolded && (
                    <tr class="detail">
                      <td colspan={columns.length}>{detail(row)}</td>
                    </tr>
                  )}
                </>
              );
            })}
            {!shown.length && (
              <tr>
                <td colspan={columns.length}>nothing found</td>
              </tr>
            )}
          </tbody>
        </table>
      </div>
      {found.length > PRINTED && (
        <p class="paper">
          {(found.length - PRINTED).toLocaleString("en")} more {what} are not printed.
        </p>
      )}
      {found.length > 50 && (
        <nav class="pages" aria-label={`Pages of ${title}`}>
          <button type="button" disabled={at === 0} onClick={() => setPage(0)}>
            First
          </button>
          <button type="button" disabled={at === 0} onClick={() => setPage(at - 1)}>
            Previous
          </button>
          <span>
            page {at + 1} of {pages}
          </span>
          <button type="button" disabled={at === pages - 1} onClick={() => setPage(at + 1)}>
            Next
          </button>
          <button type="button" disabled={at === pages - 1} onClick={() => setPage(pages - 1)}>
            Last
          </button>
          <Choice
            label="Rows"
            value={length}
            options={SIZES.map((one) => [one, one])}
            onChange={(value) => {
              setLength(value);
              setPage(0);
            }}
          />
        </nav>
      )}
    </div>
  );
}
