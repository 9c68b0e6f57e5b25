#!/usr/bin/env node
// Lets py-solc-x drive the pinned npm compiler as if it were the native `solc`.
"use strict";
const fs = require("fs");
const path = require("path");
const solc = require("solc");

const args = process.argv.slice(2);
const option = (name) => (args.includes(name) ? path.resolve(args[args.indexOf(name) + 1]) : undefined);

if (args.includes("--version")) {
  console.log(`solc, the solidity compiler\nVersion: ${solc.version()}`);
} else if (args.includes("--standard-json")) {
  const base = option("--base-path") ?? __dirname;
  const allowed = [base, option("--allow-paths") ?? base];
  const roots = [base, path.join(__dirname, "node_modules")];
  const load = (name) => {
    const file = roots.map((root) => path.join(root, name)).find((f) => fs.existsSync(f));
    if (!file) return { error: `not found: ${name}` };
    if (![...allowed, roots[1]].some((root) => file.startsWith(root + path.sep))) return { error: `not allowed: ${name}` };
    return { contents: fs.readFileSync(file, "utf8") };
  };
  process.stdout.write(solc.compile(fs.readFileSync(0, "utf8"), { import: load }));
} else {
  console.error("solc-shim: expected --version or --standard-json");
  process.exit(1);
}
