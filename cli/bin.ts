#!/usr/bin/env node

// The command of the package. An older Node must be able to read this file, so it imports nothing before it has looked.
const least = 24;
const { node } = process.versions;

if (Number(node.split('.', 1)[0]) >= least) {
  void import('./stagewire.ts');
} else {
  process.stderr.write(`Stagewire needs Node ${least} or later, and this is Node ${node}.\n`);
  process.exitCode = 1;
}
