import { createWrapWriter } from './wrap-writer.ts';

/** Rows of at most `columns` columns, broken at spaces. @param hang what the rows after the first begin with */
export function wrapRows(text: string, columns: number, hang = ''): string[] {
  const writer = createWrapWriter({ paint: (_style, it) => it, columns: () => columns + 1, narrowest: 1 });
  writer.setPrefix({ rest: hang });
  writer.push(text);
  writer.flush();
  return writer.take().split('\n');
}
