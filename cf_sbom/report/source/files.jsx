// The packaged files by folders: as a treemap, and as the table that says the same.

import { hierarchy, treemap, treemapSquarify } from "d3-hierarchy";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { counted, label, ROLES, size } from "./data.js";
import { Facts, Section } from "./parts.jsx";
import { Table } from "./table.jsx";

const DEPTH = 4;
const HEIGHT = 420;
const LEAST = 300; // square pixels of a rectangle that is drawn by itself: how many there are is bounded by the window
const HEAD = 18; // pixels for the name of a folder

/** Folders as a tree; each node knows the bytes of each role below it. */
function folders(files) {
  const top = folder("", null);
  for (const file of files) {
    const [path, bytes, role, owner, kind, format, executable, link] = file;
    const names = path.split("/");
    const last = names.pop();
    let at = top;
    const inside = [at];
    for (const name of names) {
      if (!at.children.has(name)) at.children.set(name, folder(name, at));
      at = at.children.get(name);
      inside.push(at);
    }
    const length = kind === "file" ? bytes : 0;
    at.children.set(`/${last}`, {
      name: last,
      parent: at,
      size: length,
      role,
      owner,
      kind,
      format,
      executable,
      link,
      path,
    });
    for (const one of inside) {
      one.size += length;
      one.files += 1;
      one.roles[role] = (one.roles[role] ?? 0) + length;
    }
  }
  return top;
}

const folder = (name, parent) => ({
  name,
  parent,
  /** Made when it is asked for: of deep folders the paths would be far larger than the names. */
  get path() {
    const names = [];
    for (let node = this; node.parent; node = node.parent) names.unshift(node.name);
    return names.join("/");
  },
  children: new Map(),
  size: 0,
  files: 0,
  roles: {},
});

const main = (node) =>
  node.role ??
  Object.entries(node.roles).reduce((best, one) => (one[1] > best[1] ? one : best), ["unexplained", -1])[0];

const share = (part, whole) => (200 * part < whole ? "less than 1 %" : `${((100 * part) / whole).toFixed(0)} %`);

const shares = (roles, whole) =>
  Object.keys(ROLES)
    .filter((role) => roles[role])
    .map((role) => `${share(roles[role], whole)} ${ROLES[role]}`)
    .join(", ");

export function Files({ one, show }) {
  const top = useMemo(() => folders(one.files), [one]);
  const binaries = useMemo(() => {
    const found = new Map();
    for (const binary of one.binaries) found.set(binary.path, [...(found.get(binary.path) ?? []), binary]);
    return found;
  }, [one]);
  const [at, setAt] = useState(top);
  useLayoutEffect(() => setAt(top), [top]);
  const inside = at.children ? at : top;
  const rows = useMemo(() => [...inside.children.values()], [inside]);
  if (!one.files.length) {
    return (
      <Section id="files" title="Files">
        <p>No files are listed: the payload is empty, or the document leaves them out.</p>
      </Section>
    );
  }
  const trail = [];
  for (let node = inside; node; node = node.parent) trail.unshift(node);
  const owner = (node) =>
    node.owner >= 0 && (
      <button type="button" class="link" onClick={() => show(node.owner)}>
        {label(one.components[node.owner])}
      </button>
    );
  return (
    <Section id="files" title="Files" note={`${counted(one.files.length, "file")}, ${size(top.size)}`}>
      <nav aria-label="Folder">
        <ol class="trail">
          {trail.map((node) => (
            <li>
              <button
                type="button"
                class="link"
                aria-current={node === inside ? "location" : undefined}
                onClick={() => setAt(node)}
              >
                {node.name || "all files"}
              </button>
            </li>
          ))}
        </ol>
      </nav>
      <Treemap node={inside} open={setAt} />
      <ul class="legend">
        {Object.keys(ROLES)
          .filter((role) => top.roles[role])
          .map((role) => (
            <li>
              <svg class="swatch" viewBox="0 0 12 12" aria-hidden="true">
                <rect class={`role-${role}`} width="12" height="12" />
              </svg>
              {ROLES[role]}
            </li>
          ))}
      </ul>
      <Table
        key={`${one.target} ${inside.path}`}
        title={`Files in ${inside.path || "the package"}`}
        what="entries"
        single="entry"
        rows={rows}
        first={1}
        down
        search={(node) => node.name}
        detail={(node) => <About node={node} binaries={binaries.get(node.path) ?? []} />}
        columns={[
          { title: "Name", value: (node) => node.name, cell: (node) => node.name + (node.children ? "/" : "") },
          { title: "Size", number: true, value: (node) => node.size, cell: (node) => size(node.size) },
          {
            title: "Files",
            number: true,
            value: (node) => node.files ?? 1,
          },
          {
            title: "Attributed to",
            value: (node) => ROLES[main(node)],
            cell: (node) => (node.children ? shares(node.roles, node.size) : ROLES[node.role]),
          },
          {
            title: "Component",
            value: (node) => (node.owner >= 0 ? label(one.components[node.owner]) : ""),
            cell: owner,
          },
          {
            title: "Open",
            value: (node) => (node.children ? 0 : 1),
            cell: (node) =>
              node.children && (
                <button type="button" class="link" onClick={() => setAt(node)} aria-label={`Open folder ${node.name}`}>
                  open
                </button>
              ),
          },
        ]}
      />
    </Section>
  );
}

function About({ node, binaries }) {
  if (node.children) {
    return (
      <div>
        <Facts
          rows={[
            ["path", `${node.path}/`],
            ["files", node.files.toLocaleString("en")],
            ["attributed to", shares(node.roles, node.size)],
          ]}
        />
      </div>
    );
  }
  return (
    <div>
      <Facts
        rows={[
          ["path", node.path],
          ["kind", [node.kind, node.format, node.executable && "executable"].filter(Boolean).join(", ")],
          ["leads to", node.link],
        ]}
      />
      {binaries.map((binary) => (
        <Facts
          rows={[
            ["machine", binary.machine],
            ["is a", binary.kind],
            ["build id", binary.build_id],
            ["toolchain", binary.toolchain],
            ["asks for versions", binary.asks],
            ["defines versions", binary.defines?.join(" ")],
            ["objects", binary.objects || ""],
            ["leads to libraries", binary.imports],
          ]}
        />
      ))}
    </div>
  );
}

/** What is drawn of a folder: its children down to a depth, the smallest of each as one. */
function pruned(node, whole, area, depth) {
  if (!node.children || depth === 0 || node.size * area < whole * 3 * LEAST) return { node, value: node.size };
  const children = [];
  const rest = { node: { name: "", size: 0, roles: {}, files: 0, rest: true }, value: 0 };
  for (const child of node.children.values()) {
    if (child.size * area >= whole * LEAST) children.push(pruned(child, whole, area, depth - 1));
    else if (child.size) {
      rest.node.files += child.files ?? 1;
      rest.node.size = rest.value += child.size;
      for (const [role, bytes] of Object.entries(child.roles ?? { [child.role]: child.size })) {
        rest.node.roles[role] = (rest.node.roles[role] ?? 0) + bytes;
      }
    }
  }
  if (rest.value) {
    rest.node.name = counted(rest.node.files, "small file");
    children.push(rest);
  }
  return children.length ? { node, children } : { node, value: node.size };
}

function Treemap({ node, open }) {
  const frame = useRef(null);
  const [width, setWidth] = useState(800);
  useLayoutEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(Math.max(200, Math.floor(entry.contentRect.width))));
    observer.observe(frame.current);
    return () => observer.disconnect();
  }, []);
  const cells = useMemo(() => {
    if (!node.size) return [];
    const root = hierarchy(pruned(node, node.size, width * HEIGHT, DEPTH))
      .sum((one) => one.value ?? 0)
      .sort((one, other) => other.value - one.value);
    treemap()
      .tile(treemapSquarify)
      .size([width, HEIGHT])
      .paddingTop((one) => (one.depth ? HEAD : 0))
      .paddingInner(1)
      .round(true)(root);
    return root.descendants().slice(1);
  }, [node, width]);
  return (
    <div ref={frame}>
      <svg
        class="treemap"
        width={width}
        height={HEIGHT}
        viewBox={`0 0 ${width} ${HEIGHT}`}
        role="img"
        aria-label={`Treemap of ${node.path || "the package"}, ${size(node.size)}; the table below says the same.`}
      >
        {cells.map((cell) => {
          const { node: shown } = cell.data;
          const [wide, high] = [cell.x1 - cell.x0, cell.y1 - cell.y0];
          if (wide < 1 || high < 1) return null;
          let target = shown.children ? shown : null;
          for (let up = cell; up.depth > 1; up = up.parent) target = up.parent.data.node;
          if (cell.depth === 1) target = shown.children ? shown : null;
          const room = Math.floor((wide - 6) / 7);
          const text = shown.children ? `${shown.name}/` : shown.name;
          return (
            <g
              class={target ? "opens" : ""}
              transform={`translate(${cell.x0} ${cell.y0})`}
              onClick={target ? () => open(target) : undefined}
            >
              <title>{[shown.path ?? shown.name, size(shown.size), ROLES[main(shown)]].join(", ")}</title>
              <rect class={cell.children ? "folder" : `role-${main(shown)}`} width={wide} height={high} />
              {room > 3 && high > 14 && (
                <text x="3" y="13">
                  {[...text].length > room ? `${[...text].slice(0, room - 1).join("")}…` : text}
                </text>
              )}
            </g>
          );
        })}
      </svg>
    </div>
  );
}
