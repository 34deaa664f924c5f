// What changed from one package to another, as `cf-sbom diff` says it.

import { useState } from "preact/hooks";
import { counted, ROLES, size } from "./data.js";
import { Choice, Fold, Section } from "./parts.jsx";

const SIGNS = { added: "+", removed: "−", changed: "~" };
const MOST = 500;

const noted = (changes) => changes.some((change) => change[4]);

export function Comparison({ packages, comparisons }) {
  const [at, setAt] = useState("0");
  const found = comparisons[at];
  const name = ({ old, new: next }) => `${packages[old].label} → ${packages[next].label}`;
  const counts = (changes) =>
    Object.keys(SIGNS)
      .map((action) => [action, changes.filter((change) => change[0] === action).length])
      .filter(([, number]) => number)
      .map(([action, number]) => `${number.toLocaleString("en")} ${action}`)
      .join(", ");
  return (
    <Section id="comparison" title="Comparison" note={name(found)}>
      {comparisons.length > 1 && (
        <Choice
          label="Compare"
          value={at}
          options={comparisons.map((one, number) => [String(number), name(one)])}
          onChange={setAt}
        />
      )}
      {!found.groups.length && <p>No change in what was compared.</p>}
      {found.groups.map(({ title, changes }) => (
        <Fold
          key={`${at} ${title}`}
          open={changes.length <= 20}
          title={
            <>
              {title} <small>{counts(changes)}</small>
            </>
          }
        >
          <div class="scroll" role="region" aria-label={`${title} changed, table`} tabindex="0">
            <table>
              <caption>{title}</caption>
              <thead>
                <tr>
                  <th scope="col">Change</th>
                  <th scope="col">Name</th>
                  <th scope="col">Before</th>
                  <th scope="col">After</th>
                  {noted(changes) && <th scope="col">Where</th>}
                </tr>
              </thead>
              <tbody>
                {changes.slice(0, MOST).map(([action, name, before, after, note]) => (
                  <tr>
                    <td class={`sign ${action}`}>
                      <span aria-hidden="true">{SIGNS[action]} </span>
                      {action}
                    </td>
                    <th scope="row">{name}</th>
                    <td>{before}</td>
                    <td>{after}</td>
                    {noted(changes) && <td>{note}</td>}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          {changes.length > MOST && <p>{counted(changes.length - MOST, "more change")}; cf-sbom diff lists all.</p>}
        </Fold>
      ))}
      {found.sizes.length > 0 && (
        <div class="scroll" role="region" aria-label="Payload before and after, table" tabindex="0">
          <table>
            <caption>Payload before and after</caption>
            <thead>
              <tr>
                <th scope="col">Attributed to</th>
                <th scope="col" class="number">
                  Before
                </th>
                <th scope="col" class="number">
                  After
                </th>
              </tr>
            </thead>
            <tbody>
              {found.sizes.map(([role, before, after]) => (
                <tr>
                  <th scope="row">{ROLES[role]}</th>
                  <td class="number">{size(before)}</td>
                  <td class="number">{size(after)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {found.skipped.map((reason) => (
        <p>Not compared: {reason}</p>
      ))}
    </Section>
  );
}
