// The components of a package, and all that is known of one of them.

import { useMemo } from "preact/hooks";
import { asked, counted, evidenceOf, KINDS, label, SECTIONS } from "./data.js";
import { Address, Evidence, Facts, Section } from "./parts.jsx";
import { Table } from "./table.jsx";

const MOST = 20;

const sure = (one, component) =>
  evidenceOf(one, component).reduce((least, evidence) => Math.min(least, evidence[3]), 1);

export function Components({ one, wanted, follow, show }) {
  const [columns, filters] = useMemo(() => {
    const present = (key) => [...new Set(one.components.map((component) => component[key]))].sort();
    return [
      [
        { title: "Name", value: (component) => component.name },
        { title: "Version", value: (component) => component.version ?? "" },
        { title: "Type", value: (component) => component.type },
        {
          title: "Place",
          value: (component) =>
            SECTIONS[component.section] +
            (component.scope && component.scope !== "runtime" ? `, ${component.scope}` : ""),
        },
        { title: "Licence", value: (component) => component.licence },
        {
          title: "Confidence",
          number: true,
          value: (component) => sure(one, component),
        },
        {
          title: "Seen in",
          value: (component) => component.occurrences?.[0]?.[0] ?? "",
          cell: (component) => {
            const seen = component.occurrences ?? [];
            return seen.length > 1 ? `${seen[0][0]} and ${seen.length - 1} more` : (seen[0]?.[0] ?? "");
          },
        },
      ],
      [
        {
          label: "Place",
          options: Object.entries(SECTIONS).filter(([key]) => present("section").includes(key)),
          passes: (component, key) => component.section === key,
        },
        {
          label: "Type",
          options: present("type").map((type) => [type, type]),
          passes: (component, key) => component.type === key,
        },
      ],
    ];
  }, [one]);
  const search = (component) =>
    [
      label(component),
      component.purl,
      component.licence,
      component.description,
      ...(component.aliases ?? []),
      ...(component.cpes ?? []),
      ...(component.occurrences ?? []).map(([path]) => path),
    ].join("\n");
  return (
    <Section id="components" title="Components">
      <Table
        key={one.target}
        title="Components"
        what="components"
        rows={one.components}
        columns={columns}
        filters={filters}
        search={search}
        wanted={wanted}
        detail={(component) => <Detail one={one} component={component} follow={follow} show={show} />}
      />
    </Section>
  );
}

function Detail({ one, component, follow, show }) {
  const leading = one.incoming[component.number];
  const led = one.outgoing[component.number];
  return (
    <div>
      <Facts
        rows={[
          ["purl", component.purl],
          ["also known as", component.aliases],
          ["CPE", component.cpes],
          ["kind", component.kind],
          ["what", component.description],
          ["supplier", component.supplier],
          ["manufacturer", component.manufacturer],
          ["licence", (component.licenses ?? []).map((licence) => <Licence one={one} licence={licence} />)],
          ...(component.digests ?? []).map(([algorithm, value]) => [algorithm, value]),
          ["links", (component.links ?? []).map((link) => <Link link={link} />)],
          ["patches", (component.patches ?? []).map((number) => one.patches[number].path)],
          ["properties", (component.properties ?? []).map(([name, value]) => `${name}: ${value}`)],
          ["seen in", <Seen occurrences={component.occurrences ?? []} />],
        ].filter(([name]) => name !== "seen in" || component.occurrences?.length)}
      />
      <Related one={one} title={1} edges={leading} end="source" show={show} />
      <Related one={one} title={0} edges={led} end="target" show={show} />
      <p class="tools">
        <button type="button" onClick={() => follow(component.number)}>
          Follow {component.name} in the graph
        </button>
      </p>
    </div>
  );
}

function Seen({ occurrences }) {
  return (
    <ul class="plain">
      {occurrences.slice(0, MOST).map(([path, evidence, digests]) => (
        <li>
          {path}
          {(digests ?? []).map(([algorithm, value]) => (
            <div class="dim">
              {algorithm} {value}
            </div>
          ))}
          <Evidence found={evidence} />
        </li>
      ))}
      {occurrences.length > MOST && <li>{counted(occurrences.length - MOST, "more place")}, see Evidence</li>}
    </ul>
  );
}

function Related({ one, title, edges, end, show }) {
  return Object.entries(KINDS).map(([kind, words]) => {
    const found = edges.filter((edge) => edge.kind === kind);
    if (!found.length) return null;
    return (
      <div class="related">
        <h3>
          {words[title]} <small>{found.length.toLocaleString("en")}</small>
        </h3>
        <ul class="chips">
          {found.slice(0, MOST).map((edge) => (
            <li>
              <button type="button" class="link" onClick={() => show(edge[end])}>
                {label(one.components[edge[end]])}
              </button>
              {end === "target" && <span class="dim"> {asked(edge, one.components[edge.target])}</span>}
              {edge.scope !== "runtime" && <span class="dim"> ({edge.scope})</span>}
            </li>
          ))}
          {found.length > MOST && <li>{counted(found.length - MOST, "more", "more")}, in the graph</li>}
        </ul>
      </div>
    );
  });
}

/** linked: whether its texts are on the page, as those of the package that is shown are. */
export function Licence({ one, licence, linked = true }) {
  return (
    <>
      {licence.expression}
      <span class="dim">
        {licence.found && ` found as “${licence.found}”`}
        {licence.role === "concluded" && " (concluded)"}
      </span>
      {(licence.texts ?? []).map((number) => (
        <> {linked ? <a href={`#text-${number}`}>{one.texts[number].path}</a> : one.texts[number].path}</>
      ))}
    </>
  );
}

export function Link({ link: [kind, url, comment] }) {
  return (
    <>
      <span class="dim">{kind} </span>
      <Address url={url} />
      {comment && <span class="dim"> {comment}</span>}
    </>
  );
}
