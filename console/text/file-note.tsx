import { Equal, Trash2 } from 'lucide-react';
import type { Block } from './split-blocks.ts';

type CodeBlock = Extract<Block, { kind: 'code' }>;

/** Whether a code block is a file instruction, not code: `delete` with a path, or `unchanged`. */
export function isFileNote({ language, path, text }: CodeBlock): boolean {
  if (text.trim() !== '') return false;
  return (language === 'delete' && path !== '') || (language === 'unchanged' && path === '');
}

/** A file instruction in one line: an empty code card would look like an empty file. */
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
          <span>No file changes</span>
        </>
      )}
    </p>
  );
}
