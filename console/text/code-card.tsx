import { Check, Copy, FileCode2 } from 'lucide-react';
import { useState, type MouseEvent } from 'react';
import { copyText } from './copy-text.ts';
import { CodeText } from './code-text.tsx';

export interface CodeCardProps {
  readonly text: string;
  readonly language: string;
  /** The path of the file, or ''. */
  readonly path: string;
  readonly growing: boolean;
}

/** A fenced code block: its path or language, a copy button, and the code. */
export function CodeCard({ text, language, path, growing }: CodeCardProps) {
  return (
    <figure className="code-card">
      <figcaption>
        {path === '' ? null : <FileCode2 size={14} aria-hidden="true" />}
        <span className="code-path">{path === '' ? language || 'text' : path}</span>
        {path === '' || language === '' ? null : <span className="code-language">{language}</span>}
        <span className="spacer" />
        {growing ? <span className="code-growing">Being written</span> : <CopyButton text={text} />}
      </figcaption>
      <pre className="code" tabIndex={0} aria-label={path === '' ? 'Code' : `Code of ${path}`}>
        <CodeText text={text} language={language} growing={growing} />
      </pre>
    </figure>
  );
}

const shownForMs = 1500;

export interface CopyButtonProps {
  readonly text: string;
  readonly label?: string;
  readonly iconOnly?: boolean;
}

export function CopyButton({ text, label = 'Copy', iconOnly = false }: CopyButtonProps) {
  const [copied, setCopied] = useState<boolean>();
  const copy = async ({ currentTarget }: MouseEvent<HTMLElement>) => {
    try {
      await copyText(text, currentTarget);
      setCopied(true);
    } catch {
      // A browser may deny clipboard access without asking; the button shows it.
      setCopied(false);
    }
    setTimeout(() => setCopied(undefined), shownForMs);
  };
  const buttonText = copied === undefined ? label : copied ? 'Copied' : 'Copy failed';
  return (
    <button type="button" className="quiet small" title={label} onClick={(event) => void copy(event)}>
      {copied === true ? <Check size={13} aria-hidden="true" /> : <Copy size={13} aria-hidden="true" />}
      <span className={iconOnly && copied === undefined ? 'hidden' : undefined}>{buttonText}</span>
    </button>
  );
}
