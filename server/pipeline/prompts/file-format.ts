/** How coder, refiner and tester write files, so that `readFiles` reads them back exactly. */
export const fileFormat = `How to write files:
- Each file is one code block. Its opening fence names the language, then a space and the path:

\`\`\`ts src/app.ts
export const answer = 42;
\`\`\`

- Use ~~~ as the fence of a Markdown file, because such a file often has backticks in it: \`~~~markdown README.md\`.
- Give each file whole, from its first line to its last, even if one line changes. Never shorten it ("...", "rest unchanged"), and send no diffs or excerpts. Do not copy the line numbers.
- Paths are relative, with forward slashes and without "..". Each path comes once.
- To remove a file, write an empty block with \`delete\` and its path:

\`\`\`delete src/old.ts
\`\`\`

- A block that is no file, such as a command, has no path.`;

/** For roles that may find nothing to do. */
export const unchangedFormat = `If nothing is to be changed, write an empty block \`unchanged\`:

\`\`\`unchanged
\`\`\``;
