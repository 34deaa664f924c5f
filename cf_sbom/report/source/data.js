// What the page was given: unpacked, and with the relations of each component beside it.

const given = JSON.parse(document.getElementById("data").textContent);

/** The bytes of a packed block. */
async function unpacked(block) {
  const bytes = Uint8Array.from(atob(block), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).arrayBuffer();
}

export async function inventory() {
  const told = JSON.parse(new TextDecoder().decode(await unpacked(given.inventory)));
  for (const one of told.packages) prepare(one);
  return told;
}

export const documentBytes = (number) => unpacked(given.documents[number]);

function prepare(one) {
  for (const list of ["components", "relations", "patches", "files", "binaries", "problems", "completeness", "texts"]) {
    one[list] ??= [];
  }
  one.coverage ??= {};
  one.outgoing = one.components.map(() => []);
  one.incoming = one.components.map(() => []);
  for (const [source, kind, target, scope, specs, evidence] of one.relations) {
    const edge = { source, kind, target, scope, specs: specs ?? [], evidence: evidence ?? [] };
    one.outgoing[source].push(edge);
    one.incoming[target].push(edge);
  }
  one.components.forEach((component, number) => {
    component.number = number;
    component.name ??= "(no name)";
    component.licence = (component.licenses ?? []).map((licence) => licence.expression).join(" AND ");
  });
  one.main = one.components[one.root];
  one.label = [one.main.name, one.main.version, one.build].filter(Boolean).join(" ");
}

export const label = (component) => [component.name, component.version].filter(Boolean).join(" ");

/** What a dependency asks of its target: the match specs without the name that stands beside them. */
export const asked = (edge, target) =>
  edge.specs
    .map((spec) =>
      spec.startsWith(`${target.name} `) ? spec.slice(target.name.length + 1) : spec === target.name ? "" : spec,
    )
    .filter(Boolean)
    .join(" and ");

/** All evidence of a component: of where it was seen, and of what leads to it. */
export function evidenceOf(one, component) {
  const seen = (component.occurrences ?? []).flatMap(([, evidence]) => evidence);
  return [...seen, ...one.incoming[component.number].flatMap((edge) => edge.evidence)];
}

export function size(count) {
  if (count < 1000) return `${count} B`;
  let number = count / 1000;
  for (const unit of ["kB", "MB", "GB"]) {
    if (number < 999.95) return `${number.toFixed(1)} ${unit}`;
    number /= 1000;
  }
  return `${number.toFixed(1)} TB`;
}

export const counted = (number, what, many = `${what}s`) =>
  `${number.toLocaleString("en")} ${number === 1 ? what : many}`;

export const SECTIONS = {
  package: "the package",
  carried: "carried",
  required: "needed",
  candidate: "may be carried",
  source: "made of",
  build: "built with",
  constrained: "constrained",
};

/** Kinds of relations, said from either end, in the order in which they are shown. */
export const KINDS = {
  contains: ["carries", "carried by"],
  static_link: ["has linked in", "linked into"],
  depends_on: ["needs", "needed by"],
  links_to: ["links to", "linked by"],
  static_candidate: ["may carry", "may be carried by"],
  built_from: ["made of", "source of"],
  upstream_of: ["upstream of", "has as upstream"],
  host: ["built against", "host package of"],
  build_tool: ["built with", "tool of"],
  constrains: ["constrains", "constrained by"],
  patched_by: ["patched by", "patch of"],
};

export const ROLES = {
  component: "components inside",
  own: "the package's own code",
  documentation: "documentation",
  data: "data",
  unexplained: "unexplained",
};
