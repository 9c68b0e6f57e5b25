#!/usr/bin/env node
// Lets py-solc-x drive the pinned npm compiler as if it were the native `solc`. `--allow-paths` is implied.
"use strict";
const fs = require("fs");
const path = require("path");
const solc = require("solc");

const args = process.argv.slice(2);
if (args.includes("--version")) {
  console.log(`solc, the solidity compiler\nVersion: ${solc.version()}`);
} else if (args.includes("--standard-json")) {
  const base = args.includes("--base-path") ? args[args.indexOf("--base-path") + 1] : __dirname;
  const load = (name) => {
    const file = [base, path.join(__dirname, "node_modules")].map((root) => path.join(root, name)).find(fs.existsSync);
    return file ? { contents: fs.readFileSync(file, "utf8") } : { error: `no source ${name}` };
  };
  process.stdout.write(solc.compile(fs.readFileSync(0, "utf8"), { import: load }));
} else {
  console.error("usage: solc-shim.cjs --version | --standard-json [--base-path DIR] < INPUT");
  process.exit(1);
}
