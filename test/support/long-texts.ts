/** What models write at length, each without end and the same every time. */

/** All that Markdown has, piece after piece: prose, lists, tables, short code and a file of several hundred lines. */
export function* mixedMarkdown(): Generator<string, never> {
  for (let part = 1; ; part += 1) {
    yield `## Part ${part}\n\n`;
    yield `${paragraph(part)}\n\n${paragraph(part + 1)}\n\n`;
    for (let item = 1; item <= 12; item += 1) yield listItem(item);
    yield '\n| name | what it keeps | since |\n|---|---|---|\n';
    for (let row = 1; row <= 8; row += 1) yield tableRow(row);
    yield `\n> ${paragraph(part + 2)}\n\n\`\`\`ts src/part-${part}.ts\n`;
    for (let line = 1; line <= (part % 4 === 1 ? 400 : 30); line += 1) yield codeLine(line);
    yield '```\n\n';
  }
}

/** One file that does not end. */
export function* oneFile(): Generator<string, never> {
  yield 'The whole file:\n\n```ts src/everything.ts\n';
  for (let line = 1; ; line += 1) yield codeLine(line);
}

/** One list that does not end. */
export function* oneList(): Generator<string, never> {
  yield 'In the order of their weight:\n\n';
  for (let item = 1; ; item += 1) yield listItem(item);
}

/** One table that does not end. */
export function* oneTable(): Generator<string, never> {
  yield 'All of them:\n\n| name | what it keeps | since |\n|---|---|---|\n';
  for (let row = 1; ; row += 1) yield tableRow(row);
}

/** One paragraph that does not end. */
export function* oneParagraph(): Generator<string, never> {
  for (let number = 1; ; number += 1) yield `${paragraph(number)} `;
}

/** A review that finds something without end. */
export function* oneReview(): Generator<string, never> {
  yield '{"issues":[';
  for (let number = 1; ; number += 1) {
    const issue = {
      severity: ['minor', 'nit', 'major'][number % 3],
      file: `src/part-${number}.ts`,
      line: number,
      message: sentence(number),
      suggestion: sentence(number + 3),
    };
    yield `${number === 1 ? '' : ','}\n  ${JSON.stringify(issue)}`;
  }
}

const words =
  'entry store rule order limit reader writer cursor event place turn picture answer name error test'.split(
    ' ',
  );

function word(number: number): string {
  return words[(number * 7 + (number >> 2)) % words.length] ?? '';
}

function sentence(number: number): string {
  return `The ${word(number)} keeps its ${word(number + 1)} until the ${word(number + 2)} has another ${word(number + 5)}.`;
}

function paragraph(number: number): string {
  return `${sentence(number)} **${word(number)}** is what \`${word(number + 4)}()\` returns, see [the ${word(number + 3)}](https://example.org/${number}). ${sentence(number + 6)} ${sentence(number + 9)}`;
}

function listItem(number: number): string {
  return `- **${word(number)}**: ${sentence(number)} Called \`${word(number + 2)}\`.\n`;
}

function tableRow(number: number): string {
  return `| \`${word(number)}\` | ${sentence(number)} | ${number} |\n`;
}

function codeLine(number: number): string {
  if (number % 12 === 0) return `\n/** ${sentence(number)} */\n`;
  return `  const ${word(number)}${number} = await ${word(number + 3)}.read('${word(number + 5)}', { limit: ${number} });\n`;
}
