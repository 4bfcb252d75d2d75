/** How coder, refiner and tester write files, so that the artifact finder reads them back exactly. */
export const fileFormat = `How to write files:
- Every file is one fenced code block. The info string of its opening fence is the language, a space, and the file's path, as in:

\`\`\`ts src/app.ts
export const answer = 42;
\`\`\`

- A file is always complete, from its first line to its last. Never shorten it with "..." or "rest unchanged", and never answer with a diff.
- Paths are relative, with forward slashes, without ".." and without a leading slash. Each path comes once.
- If a file itself contains a line that begins with three backticks, as Markdown often does, open and close its block with four or more.
- A block that is not a file, such as a shell command, has no path in its info string.`;
