// The page: what was given is unpacked, then drawn.

import { render } from "preact";
import { useLayoutEffect, useState } from "preact/hooks";
import { Comparison } from "./compare.jsx";
import { Components } from "./components.jsx";
import { inventory } from "./data.js";
import { Files } from "./files.jsx";
import { Graph } from "./graph.jsx";
import { AllEvidence, Documents, Licences, Problems } from "./lists.jsx";
import { Overview, SideBySide } from "./overview.jsx";
import { Choice, Fold } from "./parts.jsx";

const THEMES = { "": "as the system", light: "light", dark: "dark" };

function Page({ told }) {
  const { packages, comparisons } = told;
  const [at, setAt] = useState(packages.length - 1);
  const [wanted, setWanted] = useState(null);
  const [followed, setFollowed] = useState(null);
  const [theme, setTheme] = useState("");
  const one = packages[at];
  const choose = (number) => {
    setWanted(null);
    setFollowed(null);
    setAt(Number(number));
  };
  const show = (number) => setWanted({ row: one.components[number] });
  const follow = (number) => setFollowed({ number });

  useLayoutEffect(() => {
    if (theme) document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
  }, [theme]);
  useLayoutEffect(() => {
    const open = () => {
      const target = /^#text-\d+$/.test(location.hash) && document.getElementById(location.hash.slice(1));
      if (target) {
        target.open = true;
        target.scrollIntoView();
        target.querySelector("summary").focus();
      }
    };
    open();
    const clicked = (event) => event.target.closest?.('a[href^="#text-"]') && setTimeout(open);
    addEventListener("hashchange", open);
    addEventListener("click", clicked);
    return () => {
      removeEventListener("hashchange", open);
      removeEventListener("click", clicked);
    };
  }, []);

  const several = packages.length > 1;
  const parts = [
    several && ["packages", "Packages"],
    comparisons.length > 0 && ["comparison", "Comparison"],
    ["overview", "Overview"],
    ["components", "Components"],
    ["graph", "Graph"],
    ["licences", "Licences"],
    ["files", "Files"],
    ["problems", "Problems"],
    ["evidence", "Evidence"],
    ["documents", "Documents"],
  ].filter(Boolean);
  return (
    <>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <header>
        <h1>{told.title}</h1>
        <div class="tools">
          {several && (
            <Choice
              label="Package"
              value={String(at)}
              options={packages.map((other, number) => [String(number), other.label])}
              onChange={choose}
            />
          )}
          <Choice label="Colours" value={theme} options={Object.entries(THEMES)} onChange={setTheme} />
        </div>
      </header>
      <nav class="parts" aria-label="Parts of the page">
        <ul>
          {parts.map(([id, text]) => (
            <li>
              <a href={`#${id}`}>{text}</a>
            </li>
          ))}
        </ul>
      </nav>
      <main id="main" tabindex="-1">
        {several && <SideBySide packages={packages} at={at} choose={choose} />}
        {comparisons.length > 0 && <Comparison packages={packages} comparisons={comparisons} />}
        {several && <p class="which">Below: {one.label}</p>}
        <Overview one={one} />
        <Components one={one} wanted={wanted} follow={follow} show={show} />
        <Graph key={one.target + at} one={one} wanted={followed} show={show} />
        <Licences one={one} show={show} />
        <Files one={one} show={show} />
        <Problems one={one} />
        <AllEvidence one={one} show={show} />
        <Documents one={one} />
      </main>
      <footer>
        <p>
          Made by {told.about.tool} {told.about.version}. The page loads nothing and sends nothing. Characters of
          packages that could hide or turn a line around are shown as escapes, such as \u202e.
        </p>
        <Fold title="Libraries in this page, and their licences">
          <pre tabindex="0" aria-label="Licences of libraries">
            {told.about.libraries}
          </pre>
        </Fold>
      </footer>
    </>
  );
}

const place = document.getElementById("page");
inventory().then(
  (told) => {
    place.textContent = "";
    render(<Page told={told} />, place);
    document.documentElement.dataset.ready = "yes";
  },
  (error) => {
    place.textContent = `The data of this page cannot be read: ${error}. A browser of 2023 or newer is needed.`;
  },
);
