// What the package is, in one look; and several packages side by side.

import { asked, counted, ROLES, SECTIONS, size } from "./data.js";
import { Licence, Link } from "./components.jsx";
import { Facts, Section } from "./parts.jsx";

const count = (list, key) => {
  const counts = new Map();
  for (const item of list) counts.set(key(item), (counts.get(key(item)) ?? 0) + 1);
  return counts;
};

const stated = (one, name) => (one.main.properties ?? []).filter(([key]) => key === name).map(([, value]) => value);

/** A number of seconds since 1970 as the day and the minute, in UTC. */
function time(seconds) {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime())
    ? `${seconds} s after 1970`
    : `${date.toISOString().replace(/T(\d+:\d+).*/, " $1")} UTC`;
}

const payload = (one) => Object.values(one.coverage).reduce((sum, part) => sum + part, 0);

function facts(one, linked) {
  const { main } = one;
  return [
    ["name", main.name],
    ["version", main.version],
    ["build", [one.build, one.subdir].filter(Boolean).join(", ")],
    ["channel", one.channel],
    ["built", one.built != null && time(one.built)],
    ["what", main.description?.split("\n\n")[0]],
    [
      "licence",
      main.licenses?.length
        ? main.licenses.map((licence) => <Licence one={one} licence={licence} linked={linked} />)
        : "not declared",
    ],
    ["supplier", main.supplier],
    ["manufacturer", main.manufacturer],
    ["purl", main.purl],
    ["artifact", [one.filename, one.size != null && size(one.size)].filter(Boolean).join(", ")],
    ...(main.digests ?? []).map(([algorithm, value]) => [
      algorithm,
      value + (one.digests_stated ? " (as stated beside the package)" : ""),
    ]),
    ["links", (main.links ?? []).map((link) => <Link link={link} />)],
    [
      "components",
      [
        ...count(
          one.components.filter((c) => c !== main),
          (c) => c.section,
        ),
      ]
        .map(([section, number]) => `${number.toLocaleString("en")} ${SECTIONS[section]}`)
        .join(", "),
    ],
    [
      "problems",
      one.problems.length
        ? [...count(one.problems, ([severity]) => severity)]
            .map(([severity, number]) => `${number} ${severity}`)
            .join(", ")
        : "none",
    ],
    [
      "known",
      one.completeness
        .filter(([number]) => number === one.root)
        .map(([, aspect, state, why]) => `${aspect}: ${state}${why ? `: ${why}` : ""}`),
    ],
    ["read from", one.target],
  ];
}

export function Overview({ one }) {
  const sources = one.components.filter(
    (component) =>
      component.section === "source" || one.incoming[component.number].some((edge) => edge.kind === "built_from"),
  );
  const needed = one.outgoing[one.root].filter((edge) => edge.kind === "depends_on");
  return (
    <Section id="overview" title="Overview">
      <Facts rows={facts(one, true)} />
      <Coverage one={one} />
      {sources.length > 0 && (
        <>
          <h3>Made of</h3>
          {sources.map((source) => (
            <Facts
              rows={[
                ["source", source.purl ?? [source.name, source.version].filter(Boolean).join(" ")],
                ["links", (source.links ?? []).map((link) => <Link link={link} />)],
                ...(source.digests ?? []),
                ["patches", (source.patches ?? []).map((number) => patch(one.patches[number]))],
              ]}
            />
          ))}
        </>
      )}
      {needed.length > 0 && (
        <>
          <h3>Needs</h3>
          <ul class="chips">
            {needed.map((edge) => (
              <li>
                {[one.components[edge.target].name, asked(edge, one.components[edge.target])].filter(Boolean).join(" ")}
                {edge.scope !== "runtime" && <span class="dim"> ({edge.scope})</span>}
              </li>
            ))}
            {stated(one, "conda:package:virtual-depends").map((spec) => (
              <li>
                {spec} <span class="dim">(the system's)</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </Section>
  );
}

const patch = ({ path, held, resolves }) =>
  [path, !held && "(not in the package)", resolves?.length && `resolves ${resolves.join(", ")}`]
    .filter(Boolean)
    .join(" ");

function Coverage({ one }) {
  const whole = payload(one);
  if (!whole) return null;
  let from = 0;
  const parts = Object.keys(ROLES).filter((role) => one.coverage[role]);
  return (
    <>
      <h3>
        Payload <small>{size(whole)}</small>
      </h3>
      <svg class="bar" viewBox="0 0 1000 24" preserveAspectRatio="none" aria-hidden="true">
        {parts.map((role) => {
          const width = (1000 * one.coverage[role]) / whole;
          const x = from;
          from += width;
          return <rect class={`role-${role}`} x={x} y="0" width={width} height="24" />;
        })}
      </svg>
      <ul class="legend">
        {parts.map((role) => (
          <li>
            <svg class="swatch" viewBox="0 0 12 12" aria-hidden="true">
              <rect class={`role-${role}`} width="12" height="12" />
            </svg>
            {ROLES[role]} {size(one.coverage[role])}, {((100 * one.coverage[role]) / whole).toFixed(1)} %
          </li>
        ))}
      </ul>
    </>
  );
}

/** The same facts of several packages, a column for each. */
export function SideBySide({ packages, at, choose }) {
  const columns = packages.map(
    (one) =>
      new Map([
        ...facts(one, false),
        ...Object.entries(ROLES).map(([role, text]) => [
          `payload: ${text}`,
          one.coverage[role] && size(one.coverage[role]),
        ]),
      ]),
  );
  const names = [...new Set(columns.flatMap((column) => [...column.keys()]))];
  return (
    <Section id="packages" title="Packages" note={counted(packages.length, "package")}>
      <div class="scroll" role="region" aria-label="Packages side by side, table" tabindex="0">
        <table class="side">
          <caption>Packages side by side</caption>
          <thead>
            <tr>
              <td></td>
              {packages.map((one, number) => (
                <th scope="col">
                  <button type="button" class="link" aria-pressed={number === at} onClick={() => choose(number)}>
                    {one.label}
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {names
              .filter((name) => columns.some((column) => [column.get(name)].flat().filter(Boolean).length))
              .map((name) => (
                <tr>
                  <th scope="row">{name}</th>
                  {columns.map((column) => (
                    <td>{[column.get(name)].flat().map((value) => value && <div>{value}</div>)}</td>
                  ))}
                </tr>
              ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}
