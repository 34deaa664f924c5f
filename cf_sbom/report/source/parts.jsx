// Small parts that all sections are made of. Text goes to the page as text nodes only.

import { useId, useState } from "preact/hooks";

const MOST = 100;

/** A part of the page with a heading, a landmark of its own. */
export function Section({ id, title, note, children }) {
  return (
    <section id={id} aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`} tabindex="-1">
        {title} {note && <small>{note}</small>}
      </h2>
      {children}
    </section>
  );
}

/** An address that can be opened only where it leads to the web. */
export function Address({ url, children }) {
  if (!/^https?:\/\/[^\s\\]+$/i.test(url)) return <span>{children ?? url}</span>;
  return (
    <a href={url} rel="noopener noreferrer nofollow" referrerpolicy="no-referrer" target="_blank">
      {children ?? url}
    </a>
  );
}

/** Names with values; what has no value is left out. */
export function Facts({ rows }) {
  return (
    <dl class="facts">
      {rows
        .filter(
          ([, value]) => value != null && value !== "" && value !== false && !(Array.isArray(value) && !value.length),
        )
        .map(([name, value]) => (
          <div>
            <dt>{name}</dt>
            <dd>{Array.isArray(value) ? value.map((one) => <div>{one}</div>) : value}</dd>
          </div>
        ))}
    </dl>
  );
}

/** Something folded away that is made only when it is opened. */
export function Fold({ title, open = false, children }) {
  const [shown, setShown] = useState(open);
  return (
    <details open={open} onToggle={(event) => setShown(event.currentTarget.open)}>
      <summary>{title}</summary>
      {shown && (typeof children === "function" ? children() : children)}
    </details>
  );
}

export function Choice({ label, value, options, onChange }) {
  const id = useId();
  return (
    <span class="choice">
      <label for={id}>{label}</label>
      <select id={id} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        {options.map(([key, text]) => (
          <option value={key} selected={key === value}>
            {text}
          </option>
        ))}
      </select>
    </span>
  );
}

export function Evidence({ found }) {
  const lines = new Set(
    found.map(([path, place, technique, confidence, by]) => {
      const sure = confidence === 1 ? "" : `, confidence ${confidence}`;
      return `${path}${place ? `: ${place}` : ""} (${technique}${sure}${by ? `; ${by}` : ""})`;
    }),
  );
  return (
    <ul class="plain">
      {[...lines].slice(0, MOST).map((line) => (
        <li>{line}</li>
      ))}
      {lines.size > MOST && <li>{lines.size - MOST} more, see Evidence</li>}
    </ul>
  );
}
