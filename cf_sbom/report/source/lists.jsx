// Licences with their texts, problems, evidence, and the documents to save.

import { useMemo, useState } from "preact/hooks";
import { counted, documentBytes, KINDS, label, size } from "./data.js";
import { Section } from "./parts.jsx";
import { Table } from "./table.jsx";

const SEVERITIES = ["damage", "conflict", "gap"];

export function Licences({ one, show }) {
  const rows = useMemo(() => {
    const found = new Map();
    for (const component of one.components) {
      for (const licence of component.licenses ?? []) {
        const row = found.get(licence.expression) ?? {
          expression: licence.expression,
          components: [],
          texts: new Set(),
          found: new Set(),
        };
        row.components.push(component);
        for (const text of licence.texts ?? []) row.texts.add(text);
        if (licence.found) row.found.add(licence.found);
        found.set(licence.expression, row);
      }
    }
    return [...found.values()];
  }, [one]);
  const without = one.components.filter((component) => !component.licence && component.section === "carried").length;
  const detail = (row) => (
    <div>
      <ul class="chips">
        {row.components.slice(0, 200).map((component) => (
          <li>
            <button type="button" class="link" onClick={() => show(component.number)}>
              {label(component)}
            </button>
          </li>
        ))}
        {row.components.length > 200 && (
          <li>{row.components.length - 200} more: search the components for the licence</li>
        )}
      </ul>
    </div>
  );
  return (
    <Section id="licences" title="Licences">
      {without > 0 && <p>{counted(without, "carried component")} without a stated licence.</p>}
      {rows.length > 0 && (
        <Table
          key={one.target}
          title="Licences"
          what="licences"
          rows={rows}
          search={(row) => [row.expression, ...row.found].join("\n")}
          detail={detail}
          columns={[
            {
              title: "Licence",
              value: (row) => row.expression,
              cell: (row) => [row.expression, ...row.found].join(", found as "),
            },
            { title: "Components", number: true, value: (row) => row.components.length },
            {
              title: "Texts",
              value: (row) => row.texts.size,
              cell: (row) => (
                <>
                  {[...row.texts].slice(0, 10).map((number) => (
                    <div>
                      <a href={`#text-${number}`}>{one.texts[number].path}</a>
                    </div>
                  ))}
                  {row.texts.size > 10 && <div>{row.texts.size - 10} more</div>}
                </>
              ),
            },
          ]}
        />
      )}
      {one.texts.length > 0 && <h3>Texts</h3>}
      {one.texts.map((text, number) => (
        <Text text={text} number={number} key={`${one.target} ${number}`} />
      ))}
      {!one.texts.length && <p>No licence texts.</p>}
    </Section>
  );
}

function Text({ text, number }) {
  const [shown, setShown] = useState(false);
  return (
    <details id={`text-${number}`} class="text" onToggle={(event) => setShown(event.currentTarget.open)}>
      <summary>
        {text.path}{" "}
        <small>
          {size(text.size)}
          {text.truncated ? ", cut off" : ""}
        </small>
      </summary>
      {shown && (
        <pre tabindex="0" aria-label={text.path}>
          {text.text ?? ""}
        </pre>
      )}
    </details>
  );
}

export function Problems({ one }) {
  return (
    <Section id="problems" title="Problems">
      {one.problems.length ? (
        <Table
          key={one.target}
          title="Problems"
          what="problems"
          rows={one.problems}
          search={(problem) => problem.join("\n")}
          filters={[
            {
              label: "Severity",
              options: SEVERITIES.filter((severity) => one.problems.some((problem) => problem[0] === severity)).map(
                (severity) => [severity, severity],
              ),
              passes: (problem, severity) => problem[0] === severity,
            },
          ]}
          columns={[
            {
              title: "Severity",
              value: ([severity]) => SEVERITIES.indexOf(severity),
              cell: ([severity]) => <span class={`mark ${severity}`}>{severity}</span>,
            },
            { title: "Where", value: ([, path]) => path },
            { title: "What", value: ([, , reason]) => reason },
            { title: "Found by", value: ([, , , by]) => by },
          ]}
        />
      ) : (
        <p>None.</p>
      )}
    </Section>
  );
}

export function AllEvidence({ one, show }) {
  const rows = useMemo(() => {
    const found = [];
    for (const component of one.components) {
      for (const [path, evidence] of component.occurrences ?? []) {
        for (const one of evidence) found.push([component, "is there", path, one]);
      }
    }
    for (const edges of one.outgoing) {
      for (const edge of edges) {
        for (const evidence of edge.evidence) {
          found.push([
            one.components[edge.target],
            `${KINDS[edge.kind][1]} ${one.components[edge.source].name}`,
            "",
            evidence,
          ]);
        }
      }
    }
    return found;
  }, [one]);
  return (
    <Section id="evidence" title="Evidence">
      <p>Which field of which file said so. Paths are of the package; behind !/ is the place in an archive inside.</p>
      <Table
        key={one.target}
        title="Evidence"
        what="pieces of evidence"
        single="piece of evidence"
        rows={rows}
        search={([component, claim, , evidence]) => [label(component), claim, ...evidence].join("\n")}
        filters={[
          {
            label: "Technique",
            options: [...new Set(rows.map(([, , , evidence]) => evidence[2]))].sort().map((one) => [one, one]),
            passes: ([, , , evidence], technique) => evidence[2] === technique,
          },
        ]}
        columns={[
          {
            title: "Component",
            value: ([component]) => component.name,
            cell: ([component]) => (
              <button type="button" class="link" onClick={() => show(component.number)}>
                {label(component)}
              </button>
            ),
          },
          { title: "Claim", value: ([, claim]) => claim },
          { title: "File", value: ([, , , evidence]) => evidence[0] },
          { title: "Field", value: ([, , , evidence]) => evidence[1] },
          { title: "Technique", value: ([, , , evidence]) => evidence[2] },
          { title: "Confidence", number: true, value: ([, , , evidence]) => evidence[3] },
          { title: "Found by", value: ([, , , evidence]) => evidence[4] },
        ]}
      />
    </Section>
  );
}

async function save({ filename, number }) {
  const url = URL.createObjectURL(new Blob([await documentBytes(number)], { type: "application/octet-stream" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = filename;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

export function Documents({ one }) {
  return (
    <Section id="documents" title="Documents">
      {one.documents.length ? (
        <ul class="documents">
          {one.documents.map((document) => (
            <li>
              <button type="button" onClick={() => save(document)}>
                Save {document.filename}
              </button>
              <div class="dim">
                {document.format}, {size(document.size)}
              </div>
              <div class="dim">sha256 {document.sha256}</div>
            </li>
          ))}
        </ul>
      ) : (
        <p>The page was made without any.</p>
      )}
    </Section>
  );
}
