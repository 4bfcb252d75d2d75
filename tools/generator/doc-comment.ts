/** Columns of a line of the generated code that has a comment. */
const maxColumns = 114;

/** A description as a doc comment before what it describes; nothing if there is none. */
export function docComment(description: string | undefined, indent = ''): string {
  if (description === undefined) return '';
  const safe = description.replaceAll('*/', '*\\/');
  const short = `${indent}/** ${safe} */`;
  if (!safe.includes('\n') && short.length <= maxColumns) return `${short}\n`;
  const lines = safe.split('\n').flatMap((line) => wrapped(line, maxColumns - indent.length - 3));
  return [`${indent}/**`, ...lines.map((line) => `${indent} * ${line}`.trimEnd()), `${indent} */\n`].join(
    '\n',
  );
}

/** Breaks a line at spaces; what follows the first line of a list's item is indented below it. */
function wrapped(line: string, columns: number): string[] {
  const hanging = line.startsWith('- ') ? '  ' : '';
  const lines: string[] = [];
  let current = '';
  for (const word of line.split(' ')) {
    const longer = current === '' ? word : `${current} ${word}`;
    if (longer.length <= columns || current === '') {
      current = longer;
    } else {
      lines.push(current);
      current = `${hanging}${word}`;
    }
  }
  return [...lines, current];
}
