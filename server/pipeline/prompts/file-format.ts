/** How coder, refiner and tester write files, so that `readFiles` reads them back exactly. */
export const fileFormat = `Write each file as one code block. Its opening fence names the language, then a space and the path:

\`\`\`ts src/app.ts
export const answer = 42;
\`\`\`

- Fence Markdown files with ~~~, since they may hold backticks: \`~~~markdown README.md\`.
- Give a file whole, from first line to last, even if one line changes: no "...", no "rest unchanged", no diff. Do not copy the line numbers.
- Paths are relative, with forward slashes, without "..". Each path comes once.
- An empty block \`delete\` removes a file:

\`\`\`delete src/old.ts
\`\`\`

- A block that is no file, such as a command, has no path.`;

/** For roles that may have nothing to change. */
export const unchangedFormat = `If nothing is to be changed, write an empty block \`unchanged\`:

\`\`\`unchanged
\`\`\``;
