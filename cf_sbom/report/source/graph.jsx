// What depends on what: a tree that folds, and around one component a picture that can be followed.

import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { asked, counted, KINDS, label } from "./data.js";
import { Section } from "./parts.jsx";

const BATCH = 100;
const AROUND = 8;

export function Graph({ one, wanted, show }) {
  const [center, setCenter] = useState(one.root);
  const [trail, setTrail] = useState([]);
  const heading = useRef(null);
  const follow = (number) => {
    setTrail([...trail.filter((past) => past !== number), center].slice(-8));
    setCenter(number);
  };
  useLayoutEffect(() => {
    setCenter(one.root);
    setTrail([]);
  }, [one]);
  useLayoutEffect(() => {
    if (!wanted) return;
    follow(wanted.number);
    document.getElementById("graph").scrollIntoView();
    heading.current?.focus();
  }, [wanted]);
  if (!one.components[center]) return null;
  return (
    <Section id="graph" title="Dependency graph">
      {one.relations.length ? (
        <>
          <h3 ref={heading} tabindex="-1">
            Around {label(one.components[center])}
          </h3>
          {trail.length > 0 && (
            <nav aria-label="Followed so far">
              <ul class="chips">
                <li class="dim">Back to</li>
                {trail.map((number) => (
                  <li>
                    <button type="button" class="link" onClick={() => follow(number)}>
                      {label(one.components[number])}
                    </button>
                  </li>
                ))}
              </ul>
            </nav>
          )}
          <Around key={`${one.target} ${center}`} one={one} center={center} follow={follow} show={show} />
          <h3 id="tree-title">Everything as a tree</h3>
          <p class="dim">Arrow keys move, fold and unfold; Enter shows the component above.</p>
          <Tree key={one.target} one={one} center={center} follow={follow} />
        </>
      ) : (
        <p>No relations are stated.</p>
      )}
    </Section>
  );
}

function groupsOf(edges) {
  return Object.keys(KINDS)
    .map((kind) => [kind, edges.filter((edge) => edge.kind === kind)])
    .filter(([, found]) => found.length);
}

function Around({ one, center, follow, show }) {
  const frame = useRef(null);
  const [lines, setLines] = useState([]);
  const measure = () => {
    const box = frame.current;
    if (!box) return;
    const origin = box.getBoundingClientRect();
    const middle = box.querySelector(".center").getBoundingClientRect();
    const next = [];
    for (const node of box.querySelectorAll("[data-side]")) {
      if (!node.closest("details").open) continue;
      const place = node.getBoundingClientRect();
      const left = node.dataset.side === "in";
      const x = (left ? place.right : place.left) - origin.left;
      const y = place.top + place.height / 2 - origin.top;
      const to = (left ? middle.left : middle.right) - origin.left;
      const at = middle.top + middle.height / 2 - origin.top;
      next.push(`M${x} ${y}C${(x + to) / 2} ${y} ${(x + to) / 2} ${at} ${to} ${at}`);
    }
    setLines(next);
  };
  useLayoutEffect(measure, []);
  useLayoutEffect(() => {
    const observer = new ResizeObserver(measure);
    observer.observe(frame.current);
    return () => observer.disconnect();
  }, []);
  const component = one.components[center];
  const side = (edges, name, word, end) => (
    <div class={`side-${name}`}>
      <h4>{name === "in" ? "Leads here" : "Leads to"}</h4>
      {!edges.length && <p class="dim">nothing</p>}
      {groupsOf(edges).map(([kind, found]) => (
        <Bundle
          key={kind}
          name={name}
          title={KINDS[kind][word]}
          edges={found}
          end={end}
          one={one}
          follow={follow}
          changed={measure}
        />
      ))}
    </div>
  );
  return (
    <div class="around" ref={frame}>
      <svg class="lines" aria-hidden="true">
        {lines.map((line) => (
          <path d={line} />
        ))}
      </svg>
      {side(one.incoming[center], "in", 1, "source")}
      <div class="center">
        <strong>{label(component)}</strong>
        <div class="dim">{component.type}</div>
        {component.licence && <div class="dim">{component.licence}</div>}
        <button type="button" class="link" onClick={() => show(center)}>
          All about it
        </button>
      </div>
      {side(one.outgoing[center], "out", 0, "target")}
    </div>
  );
}

function Bundle({ name, title, edges, end, one, follow, changed }) {
  const [most, setMost] = useState(AROUND);
  useLayoutEffect(changed, [most]);
  return (
    <details open onToggle={changed}>
      <summary>
        {title} <small>{edges.length.toLocaleString("en")}</small>
      </summary>
      <ul class="nodes">
        {edges.slice(0, most).map((edge) => (
          <li>
            <button type="button" class="node" data-side={name} onClick={() => follow(edge[end])}>
              {label(one.components[edge[end]])}
              {name === "out" && <span class="dim"> {asked(edge, one.components[edge.target])}</span>}
              {edge.scope !== "runtime" && <span class="dim"> ({edge.scope})</span>}
            </button>
          </li>
        ))}
      </ul>
      {edges.length > most && (
        <button type="button" onClick={() => setMost(most + BATCH)}>
          {counted(edges.length - most, "more", "more")}
        </button>
      )}
    </details>
  );
}

/** The visible nodes in order; open: keys of unfolded ones, more: how many children of each are listed. */
function visible(one, open, more) {
  const nodes = [];
  const visit = (key, level, inside, groups) => {
    const most = more.get(key) ?? BATCH;
    const add = (node, at, of) => nodes.push({ level, at, of, ...node });
    const length = groups.length > most ? most + 1 : groups.length;
    groups.slice(0, most).forEach((node, index) => {
      add(node, index + 1, length);
      if (node.unfolds && open.has(node.key)) visit(node.key, level + 1, node.inside, node.below());
    });
    if (groups.length > most) {
      add({ key: `${key}+`, text: counted(groups.length - most, "more", "more"), list: key, most }, length, length);
    }
  };
  const component = (number, key, inside, note) => {
    const loops = inside.includes(number);
    const edges = one.outgoing[number];
    return {
      key,
      number,
      text: label(one.components[number]),
      note: [note, loops && "shown above"].filter(Boolean).join(", "),
      unfolds: !loops && edges.length > 0,
      inside: [...inside, number],
      below: () => groupsOf(edges).map(([kind, found]) => bundle(kind, found, `${key}/${kind}`, [...inside, number])),
    };
  };
  const bundle = (kind, edges, key, inside) => ({
    key,
    text: KINDS[kind][0],
    note: edges.length.toLocaleString("en"),
    group: true,
    unfolds: true,
    inside,
    below: () =>
      edges.map((edge, index) =>
        component(
          edge.target,
          `${key}/${index}`,
          inside,
          [asked(edge, one.components[edge.target]), edge.scope !== "runtime" && edge.scope].filter(Boolean).join(", "),
        ),
      ),
  });
  visit("", 1, [], [component(one.root, "r", [], "")]);
  return nodes;
}

function Tree({ one, center, follow }) {
  const [open, setOpen] = useState(() => new Set(["r"]));
  const [more, setMore] = useState(() => new Map());
  const [current, setCurrent] = useState("r");
  const list = useRef(null);
  const moved = useRef(false);
  const nodes = useMemo(() => visible(one, open, more), [one, open, more]);
  const at = Math.max(
    0,
    nodes.findIndex((node) => node.key === current),
  );

  useLayoutEffect(() => {
    if (moved.current) list.current.children[at]?.focus();
    moved.current = false;
  }, [current, nodes]);

  const go = (index) => {
    moved.current = true;
    setCurrent(nodes[Math.min(nodes.length - 1, Math.max(0, index))].key);
  };
  const fold = (node, unfolded) => {
    const next = new Set(open);
    if (unfolded) next.add(node.key);
    else next.delete(node.key);
    setOpen(next);
  };
  const act = (node) => {
    setCurrent(node.key);
    if (node.list != null) {
      moved.current = true;
      setMore(new Map(more).set(node.list, node.most + BATCH));
    } else if (node.number != null) follow(node.number);
    else fold(node, !open.has(node.key));
  };
  const keyed = (event) => {
    const node = nodes[at];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const unfolded = open.has(node.key);
    if (event.key === "ArrowDown") go(at + 1);
    else if (event.key === "ArrowUp") go(at - 1);
    else if (event.key === "Home") go(0);
    else if (event.key === "End") go(nodes.length - 1);
    else if (event.key === "ArrowRight" && node.unfolds) unfolded ? go(at + 1) : fold(node, true);
    else if (event.key === "ArrowLeft") {
      if (node.unfolds && unfolded) fold(node, false);
      else {
        const parent = nodes.slice(0, at).findLastIndex((other) => other.level < node.level);
        if (parent >= 0) go(parent);
      }
    } else if (event.key === "Enter" || event.key === " ") act(node);
    else if (event.key.length === 1) {
      const letter = event.key.toLowerCase();
      const behind = [...nodes.keys()].map((index) => (at + 1 + index) % nodes.length);
      const next = behind.find((index) => nodes[index].text.toLowerCase().startsWith(letter));
      if (next === undefined) return;
      go(next);
    } else return;
    event.preventDefault();
  };

  return (
    <ul role="tree" class="tree" aria-labelledby="tree-title" ref={list} onKeyDown={keyed}>
      {nodes.map((node, index) => (
        <li
          key={node.key}
          role="treeitem"
          aria-level={node.level}
          aria-posinset={node.at}
          aria-setsize={node.of}
          aria-expanded={node.unfolds ? open.has(node.key) : undefined}
          aria-selected={node.number != null && node.number === center}
          tabindex={index === at ? 0 : -1}
          class={node.group ? "group" : ""}
          style={{ "--level": node.level }}
          onClick={(event) => {
            if (event.target.closest(".sign")) fold(node, !open.has(node.key));
            else act(node);
            setCurrent(node.key);
          }}
        >
          <span class="sign" aria-hidden="true">
            {node.unfolds ? (open.has(node.key) ? "▾" : "▸") : ""}
          </span>
          <span>
            {node.text}
            {node.note && <span class="dim"> {node.note}</span>}
          </span>
        </li>
      ))}
    </ul>
  );
}
