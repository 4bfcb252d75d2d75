import { maxNamingChars } from './info-string.ts';
import { nameOfComment } from './naming-line.ts';

/** Lines that a language requires first, before any comment. */
const preamble =
  /^(?:#!.*|["']use (?:client|server|strict)["'];?|<!doctype\b[^>]*>|<\?xml\b.*\?>|<\?php|#.*coding[:=].*|@charset\b.*|---|%YAML\b.*|\/\/go:build\b.*|package [\w.]+;?)$/i;
const mostLines = 4;
const openComment = /^(?:#+(?!!)|\/\/\/?|--|;+|%+|::|(?:REM|rem)\s|')(.*)$/;
const openCommentOfMarkdown = /^(?:\/\/\/?|--|;+|%+|::|')(.*)$/;

/** The path that a comment in the first lines of the content of a block names; it remains part of the content. */
export function nameInComment(text: string, from: number, to: number): string | undefined {
  const languageHasHash = true;
  return search(text, { from, to, languageHasHash });
}

/** The same in Markdown, where `# name.md` is a title. */
export function nameInMarkdownComment(text: string, from: number, to: number): string | undefined {
  return search(text, { from, to, languageHasHash: false });
}

function search(
  text: string,
  place: { readonly from: number; readonly to: number; readonly languageHasHash: boolean },
): string | undefined {
  let start = place.from;
  for (let count = 0; count < mostLines && start < place.to; count += 1) {
    const newline = text.indexOf('\n', start);
    const end = newline === -1 || newline > place.to ? place.to : newline;
    if (end - start > maxNamingChars) return undefined;
    const line = text.slice(start, end).trim();
    const comment = commentText(line, place.languageHasHash);
    if (comment !== undefined && newline !== -1 && newline <= place.to) {
      const name = nameOfComment(comment);
      if (name !== undefined) return name;
    }
    if (line !== '' && !preamble.test(line)) return undefined;
    start = end + 1;
  }
  return undefined;
}

function commentText(line: string, languageHasHash: boolean): string | undefined {
  // Most first lines are code: no comment begins with a letter, except REM.
  if (/^[\w@$}\])]/.test(line) && !/^rem\s/i.test(line)) return undefined;
  const enclosed =
    /^<!--(.*)-->$/.exec(line) ??
    /^\{?\s*\/\*+(.*?)\*\/\s*\}?$/.exec(line) ??
    /^\{\{!(?:--)?(.*?)(?:--)?\}\}$/.exec(line) ??
    /^\{#(.*)#\}$/.exec(line) ??
    /^<%(?:#|--)(.*?)(?:--)?%>$/.exec(line) ??
    /^\(\*(.*)\*\)$/.exec(line) ??
    /^\{-(.*)-\}$/.exec(line) ??
    /^"""(.*)"""$/.exec(line);
  if (enclosed !== null) return enclosed[1];
  return (languageHasHash ? openComment : openCommentOfMarkdown).exec(line)?.[1];
}
