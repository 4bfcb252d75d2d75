import { Equal, Trash2 } from 'lucide-react';
import type { Block } from './split-blocks.ts';

type CodeBlock = Extract<Block, { kind: 'code' }>;

/** Is this block no code but a word about files: `delete` with a path, or `unchanged`? */
export function isFileNote({ language, path, text }: CodeBlock): boolean {
  if (text.trim() !== '') return false;
  return (language === 'delete' && path !== '') || (language === 'unchanged' && path === '');
}

/** A word about files in one line: an empty card of code would look like a file without a text. */
export function FileNote({ block: { language, path } }: { readonly block: CodeBlock }) {
  return (
    <p className="file-note">
      {language === 'delete' ? (
        <>
          <Trash2 size={14} aria-hidden="true" />
          <span>
            Removes <code>{path}</code>
          </span>
        </>
      ) : (
        <>
          <Equal size={14} aria-hidden="true" />
          <span>Leaves the files as they are</span>
        </>
      )}
    </p>
  );
}
