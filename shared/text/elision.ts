import { isMarkdownPath, languageOf } from './file-path.ts';

/** Words of a comment that stand for what was left out, in the languages that models answer in. */
const said = new RegExp(
  [
    String.raw`\b(?:rest|remainder) of (?:the |this |your |my |our )?(?:\w+[ '’]?){0,3}(?:file|code|codes|class|function|method|methods|functions|component|components|module|implementation|script|content|contents|logic|document|page|template|styles?|css|html|imports?|routes?|tests?|config(?:uration)?|props|handlers?|definitions?|fields|cases|entries|items|lines?|text|readme|section|sections|app|program|body)\b`,
    String.raw`\b(?:existing|remaining|previous|original|unchanged|other|same|omitted|earlier)(?: \w+){0,2} (?:code|codes|methods?|functions?|imports?|implementation|logic|content|contents|lines?|parts?|sections?|routes?|tests?|props|properties|fields|styles?|rules|cases|entries|items|definitions?|handlers?|components?|class(?:es)?|body|members?|variables?|settings|dependencies|scripts|html|markup|jsx|declarations?)\b(?! (?:that|which|to|for|from|with|when|if|must|should|can|may|will|is not|are not))`,
    String.raw`\b(?:remains?|stays?|stay|left|kept|keep) (?:exactly )?(?:the same|as(?: it)? (?:is|was|before)|unchanged|untouched|unmodified)\b`,
    String.raw`\b(?:is|are) (?:exactly )?(?:the same(?: as (?:before|above))?|unchanged|untouched|unmodified)\W*$`,
    String.raw`\bsame as (?:before|above|in the original|the original|previously|earlier)\b`,
    String.raw`\bno changes? (?:here|below|above|needed|from here|to the rest)\b`,
    String.raw`\b(?:omitted|truncated|shortened|abbreviated|skipped|elided|removed) for (?:brevity|clarity|space|conciseness)\b`,
    String.raw`\bfor brevity\b`,
    String.raw`\b(?:code|content|lines|implementation|file|section|part|rest|text) (?:is |was |are )?(?:omitted|truncated|unchanged|snipped|continues)\b`,
    String.raw`\b(?:restlicher|übriger|bestehender|vorhandener|unveränderter) (?:code|teil|inhalt)\b|\b(?:bleibt|bleiben|ist|rest)\b.{0,40}\b(?:unverändert|gleich)\b`,
    String.raw`\breste du (?:code|fichier)\b|\bcode existant\b|\b(?:reste|restent|code|est) inchangée?s?\b`,
    String.raw`\bresto del? (?:código|codigo|archivo|arquivo|file|codice)\b|\bcódigo existente\b|\bcodice esistente\b|\bsin cambios\b|\bsem alterações\b|\binalterado\b|\binvariato\b`,
    String.raw`остальн\S* код|без изменений|существующ\S* код`,
    '其余.{0,8}(?:不变|代码|相同|省略)|其他.{0,8}(?:不变|保持)|(?:代码|部分|内容)(?:保持)?(?:不变|省略)|(?:现有|原有|已有)(?:的)?代码|此处省略|省略(?:其他|其余|部分)',
    '既存の(?:コード|実装)|以下省略|(?:残り|他)(?:の|は).{0,8}(?:同じ|省略|変更なし)|変更なし|省略',
    '나머지.{0,10}(?:동일|코드|생략|그대로)|기존 코드|(?:코드|이하) 생략',
  ].join('|'),
  'iu',
);
/** Words that stand for what was left out only beside dots, or alone. */
const hinted =
  /\b(?:rest|existing|remaining|unchanged|previous|original|same|other|omitted|more|continues?|continued|keep|truncated|snip|as before|and so on|above|below|implementation|etc)\b/iu;
const alone =
  /^\W*(?:unchanged|no changes?|same as before|omitted|snip(?:ped)?|truncated|rest|rest unchanged|existing code|remaining code|etc|unverändert|inchangé|sin cambios|省略)\W*$/iu;
const dots = /\.{3,}|…/u;

/** No placeholder is without one of these. */
const hint =
  /\.{3}|…|unchanged|omitted|rest|same|snip|chang|existing|remain|previous|original|other|earlier|brevity|etc|stay|truncat|untouched|unverändert|inchang|sin cambios|sem altera|inalterado|invariato|código|code|codice|изменений|код|不变|省略|代码|コード|変更なし|残り|나머지|코드|이하/i;

/** Longer comments say something; a placeholder is short. */
const mostChars = 160;
const mostWords = 16;

/** Languages in which dots alone on a line mean nothing or are code only in one place. */
const proseLanguages: ReadonlySet<string> = new Set(
  'text markdown yaml latex rst csv r raku perl'.split(' '),
);

/** The lines of `content` that stand for something left out: `// ... existing code ...`, `# rest of the file unchanged`. */
export function placeholders(content: string, path: string): readonly string[] {
  if (!hint.test(content)) return [];
  const language = isMarkdownPath(path) ? 'markdown' : languageOf(path);
  const found: string[] = [];
  let before = '';
  let fence = '';
  for (const raw of content.split('\n')) {
    const line = raw.trim();
    if (line === '') continue;
    // What a README shows in its examples is left out on purpose.
    const mark = language === 'markdown' ? (/^(?:`{3,}|~{3,})/.exec(line)?.[0] ?? '') : '';
    if (fence === '' ? mark !== '' : mark.startsWith(fence)) fence = fence === '' ? mark : '';
    else if (fence === '' && line.length <= mostChars && isPlaceholder(line, { language, before }))
      found.push(line);
    before = line;
  }
  return found;
}

/**
 * Does `content` leave out parts of the file? It needs a placeholder that the present file does not have, and must lack
 * lines of that file; a new file needs the placeholder only.
 */
export function isElided(lines: readonly string[], content: string, present: string | undefined): boolean {
  if (lines.length === 0) return false;
  if (present === undefined) return true;
  const presentLines = linesOf(present);
  if (lines.every((line) => presentLines.has(line))) return false;
  const contentLines = linesOf(content);
  return presentLines.values().some((line) => line !== '' && !contentLines.has(line));
}

function linesOf(text: string): ReadonlySet<string> {
  return new Set(text.split('\n').map((line) => line.trim()));
}

function isPlaceholder(line: string, place: { readonly language: string; readonly before: string }): boolean {
  const { language, before } = place;
  const comment = commentOf(line, language);
  if (comment !== undefined) return standsForMore(comment, language !== 'markdown');
  if (/^(?:\.{3,}|…)[,;]?$/u.test(line)) {
    if (proseLanguages.has(language)) return false;
    // A stub's body, or the variable part of a list of parameters.
    if (language === 'python')
      return !/(?::|"""|'''|\)|#.*)$/.test(before) && !/^(?:\.{3}|@|def\b|class\b)/.test(before);
    return !/[,(]$/.test(before);
  }
  const bracketed = /^(?:\((.*)\)|\[(.*)\]|<(.*)>|\{(.*)\})$/.exec(line);
  const inner = (bracketed?.slice(1).find((it) => it !== undefined) ?? line).trim();
  if (/^(?:\.{3,}|…)(?:\s|\p{L}+ )/u.test(inner) || /\s(?:\.{3,}|…)$/u.test(inner)) {
    if (/[=;{}]/.test(inner)) return false;
    return (
      said.test(inner) ||
      (inner.split(/\s+/).length <= 6 &&
        hinted.test(inner) &&
        /^(?:\.{3,}|…)|^(?:rest|unchanged|existing|remaining)\b/iu.test(inner))
    );
  }
  if (bracketed !== null && !/[=;]/.test(inner))
    return alone.test(inner) || (said.test(inner) && inner.split(/\s+/).length <= mostWords);
  if (language === 'markdown' || language === 'text') {
    return /^(?:the )?(?:rest|remainder) of (?:the |this )?(?:file|document|readme|page) (?:is |remains |stays )?(?:unchanged|the same|as before)\W*$/i.test(
      line,
    );
  }
  return /^(?:the )?rest of (?:the |this )?(?:file|code|class|function|component)\b[^=;{}()]*$/i.test(line);
}

function standsForMore(comment: string, dotsSuffice: boolean): boolean {
  const text = comment.trim();
  if (/^(?:\.{3,}|…)$/u.test(text)) return dotsSuffice;
  if (/\b(?:todo|fixme|xxx|hack)\b/i.test(text)) return false;
  const words = text.split(/\s+/).length;
  if (words > mostWords) return false;
  if (alone.test(text)) return true;
  if (said.test(text)) return dots.test(text) || words <= 9;
  const hasDotsAround = /^[([]?\s*(?:\.{3,}|…)|(?:\.{3,}|…)\s*[)\]]?$/u.test(text);
  return hasDotsAround && words <= 7 && hinted.test(text) && !/[;={}]/.test(text);
}

/** The text of a comment that is alone on its line. */
function commentOf(line: string, language: string): string | undefined {
  const enclosed =
    /^\{?\s*\/\*+(.*?)\*+\/\s*\}?$/.exec(line) ??
    /^<!--(.*?)-->$/.exec(line) ??
    /^\{\{!(?:--)?(.*?)(?:--)?\}\}$/.exec(line) ??
    /^\{#(.*?)#\}$/.exec(line) ??
    /^<%(?:#|--)(.*?)(?:--)?%>$/.exec(line) ??
    /^\(\*(.*?)\*\)$/.exec(line) ??
    /^\{-(.*?)-\}$/.exec(line) ??
    /^(?:"""|''')(.+)(?:"""|''')$/.exec(line);
  if (enclosed !== null) return enclosed[1];
  if (language === 'markdown') return undefined;
  return (
    /^(?:\/\/[/!]?|#+(?![![])|--(?!-)|;+|%+|::|REM\s|rem\s|'|\*(?=\s))(.*)$/.exec(line)?.[1]?.trim() ||
    undefined
  );
}
