// Prints [name, version] of each package in each node_modules folder below a folder: a child of node_modules, or of a
// scope in it, whose package.json names a version. A package may have node_modules of its own.
"use strict";
const fs = require("fs");
const path = require("path");

const found = [];

function folders(place) {
  return fs.readdirSync(place, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => path.join(place, entry.name));
}

function enter(place) {
  for (const child of folders(place)) {
    if (path.basename(child).startsWith("@")) enter(child);
    else if (!path.basename(child).startsWith(".")) take(child);
  }
}

function take(place) {
  const manifest = path.join(place, "package.json");
  if (!fs.existsSync(manifest)) return;
  const { name, version } = JSON.parse(fs.readFileSync(manifest, "utf8"));
  if (typeof name === "string" && typeof version === "string") found.push([name, version]);
}

function walk(place) {
  for (const child of folders(place)) {
    if (path.basename(child) === "node_modules") enter(child);
    walk(child);
  }
}

walk(process.argv[2]);
console.log(JSON.stringify(found));
