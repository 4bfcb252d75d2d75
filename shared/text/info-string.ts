import { cleanName } from './clean-name.ts';
import { looksLikePath, looksLikeSpacedPath } from './file-path.ts';
import { hasKnownExtension } from './language-of.ts';

/** The parsed info string of a fence. */
export interface Info {
  /** The first word in lower case, if it may be a language; otherwise `''`. */
  readonly language: string;
  /** The name of the file, without decoration. It may not be a clean path. */
  readonly name?: string;
  /** The name may also be the language: `Dockerfile` alone. A better name takes precedence. */
  readonly isWeak?: true;
  /** The block is only a part of the file. */
  readonly isExcerpt: boolean;
}

/** Longer info strings name no file: the longest path plus decoration. */
export const maxNamingChars = 600;

const excerptWords =
  /(?:^|[\s([{,])(?:lines?[ :=]+\d+|L\d+(?:\s*[-–]\s*L?\d+)?|start_?line[:=]\s*\d+|excerpt|partial|snippet)(?=$|[\s)\]},:–-])/i;
const shells: ReadonlySet<string> = new Set(
  'bash sh shell zsh console terminal cmd powershell ps1'.split(' '),
);

/** Reads `ts src/app.ts`, `ts path=src/app.ts`, `ts title="src/app.ts"`, `ts:src/app.ts`, `src/app.ts`, `{.ts …}`. */
export function readInfo(whole: string): Info {
  if (whole === '' || whole.length > maxNamingChars) return { language: '', isExcerpt: false };
  const info = /^\{.*\}$/.test(whole)
    ? whole
        .slice(1, -1)
        .replace(/^\s*\./, '')
        .trim()
    : whole;
  const words = info.match(/"[^"]*"|'[^']*'|`[^`]*`|\{[^{}]*\}|\S+/g) ?? [];
  const { language, attached } = readFirst(words[0] ?? '');
  const isExcerpt = excerptWords.test(info);
  const named = (raw: string): Info => {
    const { name, hasLines } = cleanName(raw);
    return { language, name, isExcerpt: isExcerpt || hasLines };
  };

  const value = keyedName(info);
  if (value !== undefined) return named(value);
  const ranged = /^\d+:\d+:(.+)$/.exec(words[0] ?? '')?.[1];
  if (ranged !== undefined && isName(ranged)) return { ...named(ranged), language: '', isExcerpt: true };
  const next = nextName(words.slice(1), language);
  if (next !== undefined) return named(next);
  if (attached !== '' && isName(attached)) return named(attached);
  // A single word with a slash may be a media type, so it must look like a path as strictly as in prose.
  const first = cleanName(words[0] ?? '');
  if (looksLikePath(first.name, 'line') && !/^[a-z]+file$/.test(first.name)) {
    const weak = first.name.includes('.') ? {} : { isWeak: true as const };
    return { language: '', name: first.name, isExcerpt: isExcerpt || first.hasLines, ...weak };
  }
  return { language, isExcerpt };
}

/** The single path after the first word of `info`; `undefined` if there is none or more than one. */
export function onlyPathBehindFirstWord(info: string): string | undefined {
  const rest = info.replace(/^\S+\s*/, '').trim();
  if (rest === '' || rest.length > maxNamingChars) return undefined;
  const { name } = cleanName(keyedName(` ${rest}`) ?? rest);
  return /\s/.test(name) && !looksLikeSpacedPath(name) && !/^["'`]/.test(rest) ? undefined : name;
}

/** `ts`, `ts:src/a.ts`, `ts|src/a.ts`, `ts{1,3}`. */
function readFirst(first: string): { readonly language: string; readonly attached: string } {
  const [, before = '', after = ''] = /^([^:|{]*)(?:[:|](.*)|\{.*)?$/.exec(first) ?? [];
  const language = /^[a-z0-9+#._-]{1,32}$/i.test(before) ? before.toLowerCase() : '';
  const isLineNumber = /^L?\d/.test(after) && hasKnownExtension(before);
  return { language, attached: isLineNumber ? '' : after };
}

/** The value of `title` or `name` may be any words; that of the other keys is a path. */
function keyedName(info: string): string | undefined {
  const key =
    /(?:^|[\s:{,|])(path|file|filename|file_name|file_path|filepath|name|title)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'{}=]+(?: [^\s"'{}=]+)*(?![^\s{}])))/i.exec(
      info,
    );
  if (key === null) return undefined;
  const [, word = '', double, single, bare = ''] = key;
  const quoted = double ?? single;
  if (quoted === '') return undefined;
  const value =
    quoted ??
    (looksLikeSpacedPath(bare) && !looksLikePath(bare.split(' ')[0] ?? '', 'line')
      ? bare
      : (bare.split(' ')[0] ?? ''));
  if (value === '') return undefined;
  return /^(?:title|name)$/i.test(word) && !isName(value) ? undefined : value;
}

function nextName(words: readonly string[], language: string): string | undefined {
  const isAttribute = (word: string) => /^\{.*\}$/.test(word) && !looksLikePath(word.slice(1, -1), 'line');
  const plain = words.filter(
    (word) => !isAttribute(word) && !/^[\w-]+=|^(?:\/\/|#|--?|—|–|\||→|:|=>?)$/.test(word),
  );
  const [next, ...more] = plain;
  if (next === undefined) return undefined;
  const rest = plain.join(' ');
  const file = /^(?:@?file ?name|@?file ?path|@?file|@?path):$/i.test(next) ? more[0] : next;
  if (file === undefined) return undefined;
  const { name } = cleanName(file);
  if (/^["'`]/.test(file)) return isName(file) ? file : undefined;
  if (!looksLikePath(name, 'info')) return undefined;
  const others = more.filter((word) => word !== file && !/^[([]/.test(word));
  const hasExtension = /[^.]\.[A-Za-z0-9]+$/.test(name);
  if (others.length === 0 || hasExtension) return file;
  if (!shells.has(language) && looksLikeSpacedPath(rest)) return rest;
  // Several words without an extension are more likely a caption.
  return undefined;
}

function isName(raw: string): boolean {
  const { name } = cleanName(raw);
  return looksLikePath(name, 'info') || (/\s/.test(name) && looksLikeSpacedPath(name));
}
