import { isMarkdownPath } from './file-path.ts';
import { languageOf } from './language-of.ts';

/** Words of a comment that replace omitted lines. */
const saidInEnglish = new RegExp(
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
  ].join('|'),
  'iu',
);
/** The same in other languages that models answer in. `\b` works for ASCII letters only. */
const saidElsewhere = new RegExp(
  [
    String.raw`(?:restlicher|übriger|bestehender|vorhandener|unveränderter) (?:code|teil|inhalt)|(?:bleibt|bleiben|ist|rest)\b.{0,40}(?:unverändert|gleich)`,
    String.raw`reste du (?:code|fichier)|code existant|(?:reste|restent|code|est) inchangée?s?`,
    String.raw`resto d[eo]l? ?(?:código|codigo|archivo|arquivo|file|codice)|(?:código|codigo|codice) (?:existente|esistente)|sin cambios|sem alterações|inalterado|invariato|permanece igual`,
    String.raw`rest van (?:de|het) (?:code|bestand|klasse)|blijf(?:t|ven) (?:hetzelfde|ongewijzigd)|bestaande code`,
    String.raw`reszta (?:kodu|pliku|klasy)|bez zmian|istniejący kod|zbytek kódu|beze změn|zvyšok kódu|bez zmien`,
    String.raw`resten av (?:koden|filen|klassen)|resten af (?:koden|filen)|oförändra[dt]|uændret|uendret|loput koodista`,
    String.raw`geri kalan|aynı kal|değişmedi|mevcut kod|restul codului|rămâne neschimbat|a többi (?:kód|változatlan)|υπόλοιπος κώδικας`,
    String.raw`phần còn lại|giữ nguyên|không thay đổi|sisa kode|tetap sama|tidak berubah|kode yang ada`,
    String.raw`остальн\S* (?:код|част|метод|функц)|без изменений|существующ\S* код|решта коду|без змін|інш\S* код`,
    String.raw`باقي الكود|بقية الكود|بدون تغيير|बाकी (?:का )?कोड|शेष कोड|שאר הקוד|ללא שינוי|ส่วนที่เหลือ|โค้ดเดิม`,
    '其[余餘他它].{0,8}(?:不变|不變|代码|程式碼|相同|一样|省略|保持)|(?:代码|部分|内容|程式碼)(?:保持)?(?:不变|不變|省略)|(?:现有|原有|已有|現有)(?:的)?(?:代码|程式碼)|此处省略|省略(?:其他|其余|部分)|与(?:之前|原来|上面)(?:相同|一样)',
    '既存の(?:コード|実装)|以下省略|(?:残り|他|以降)(?:の|は).{0,10}(?:同じ|省略|変更なし|そのまま)|変更なし|省略',
    '나머지.{0,10}(?:동일|코드|생략|그대로)|기존 코드|(?:코드|이하) 생략|변경 없음',
  ].join('|'),
  'iu',
);
/** Words that are a placeholder only together with dots, or alone. */
const hinted =
  /\b(?:rest|existing|remaining|unchanged|previous|original|same|other|omitted|more|continues?|continued|keep|truncated|snip|as before|and so on|above|below|implementation|etc)\b/iu;
const alone =
  /^\W*(?:unchanged|no changes?|same as before|omitted|snip(?:ped)?|truncated|rest|rest unchanged|existing code|remaining code|etc|unverändert|inchangé|sin cambios|省略)\W*$/iu;
const dots = /\.{3,}|…/u;

/**
 * Without dots, only a comment that begins with the omitted part is certainly a placeholder: others may describe it.
 */
const opensWithRest =
  /^\W*(?:the |all |your |any )*(?:(?:rest|remainder) of|remaining|existing|previous|original|other|unchanged|omitted|code|content|implementation|lines)\b/iu;
const leavesItThere =
  /\b(?:remains?|stays?|unchanged|untouched|unmodified|same|identical|omitted|truncated|brevity|snipped|here)\b/iu;
const onlyRest =
  /^\W*(?:the )?(?:rest|remainder) of (?:the |this |your |my |our )?(?:file|code|class|function|component|module|script|document|page|template|implementation)\W*$/iu;

/** Every placeholder has one of these. */
const hint =
  /\.{3}|…|unchanged|omitted|rest|same|snip|chang|existing|remain|previous|original|other|earlier|brevity|etc|stay|truncat|untouched|identical|\p{Script=Han}|\p{Script=Hangul}|\p{Script=Cyrillic}|[^\p{ASCII}]/iu;

/** A placeholder is short; longer comments have content of their own. */
const mostChars = 160;
const mostWords = 16;

/** Languages in which a line of dots has no meaning, or is code in one place only. */
const proseLanguages: ReadonlySet<string> = new Set(
  'text markdown yaml latex rst csv r raku perl'.split(' '),
);

/** A placeholder line: it replaces omitted lines. */
export interface Placeholder {
  readonly line: string;
  /** It is unlikely to mean anything else; other placeholders count only if many lines are missing. */
  readonly isSure: boolean;
}

/** The placeholder lines of `content`: `// ... existing code ...`, `# rest of the file unchanged`. */
export function placeholders(content: string, path: string): readonly Placeholder[] {
  if (!hint.test(content)) return [];
  const language = isMarkdownPath(path) ? 'markdown' : languageOf(path);
  const found: Placeholder[] = [];
  let before = '';
  let fence = '';
  for (const raw of content.split('\n')) {
    const line = raw.trim();
    if (line === '') continue;
    // The examples in a README omit lines on purpose.
    const mark = language === 'markdown' ? (/^(?:`{3,}|~{3,})/.exec(line)?.[0] ?? '') : '';
    if (fence === '' ? mark !== '' : mark.startsWith(fence)) fence = fence === '' ? mark : '';
    else if (fence === '' && line.length <= mostChars) {
      const weight = weightOf(line, { language, before });
      if (weight !== 'none') found.push({ line, isSure: weight === 'sure' });
    }
    before = line;
  }
  return found;
}

/**
 * Does `content` omit parts of the file? It must have a placeholder that the current file does not have, and must lack
 * lines of that file: one, or many more than it adds if the placeholder may mean something else. In a new file only an
 * unambiguous placeholder counts.
 */
export function isElided(
  marks: readonly Placeholder[],
  content: string,
  present: string | undefined,
): boolean {
  if (present === undefined) return marks.some(({ isSure }) => isSure);
  const presentLines = linesOf(present);
  const fresh = marks.filter(({ line }) => !presentLines.has(line));
  if (fresh.length === 0) return false;
  const contentLines = linesOf(content);
  const lost = [...presentLines].filter((line) => line !== '' && !contentLines.has(line)).length;
  if (fresh.some(({ isSure }) => isSure)) return lost > 0;
  const added = [...contentLines].filter((line) => line !== '' && !presentLines.has(line)).length;
  return lost > added + Math.max(2, presentLines.size / 10);
}

function linesOf(text: string): ReadonlySet<string> {
  return new Set(text.split('\n').map((line) => line.trim()));
}

type Weight = 'sure' | 'likely' | 'none';

function weightOf(line: string, place: { readonly language: string; readonly before: string }): Weight {
  const comment = commentOf(line, place.language);
  if (comment !== undefined) return weightOfComment(comment, place.language !== 'markdown');
  return isBarePlaceholder(line, place) ? 'sure' : 'none';
}

function isBarePlaceholder(
  line: string,
  place: { readonly language: string; readonly before: string },
): boolean {
  const { language, before } = place;
  if (/^(?:\.{3,}|…)[,;]?$/u.test(line)) {
    if (proseLanguages.has(language)) return false;
    // The body of a stub, or the variable part of a parameter list.
    if (language === 'python')
      return !/#|(?::|"""|'''|\))$/.test(before) && !/^(?:\.{3}|@|def\b|class\b)/.test(before);
    return !/[,(]$/.test(before);
  }
  const bracketed = /^(?:\((.*)\)|\[(.*)\]|<(.*)>|\{(.*)\})$/.exec(line);
  const inner = (bracketed?.slice(1).find((it) => it !== undefined) ?? line).trim();
  if (/^(?:\.{3,}|…)(?:\s|\p{L}+ )/u.test(inner) || /\s(?:\.{3,}|…)$/u.test(inner)) {
    if (/[=;{}]/.test(inner)) return false;
    return (
      said(inner) ||
      (inner.split(/\s+/).length <= 6 &&
        hinted.test(inner) &&
        /^(?:\.{3,}|…)|^(?:rest|unchanged|existing|remaining)\b/iu.test(inner))
    );
  }
  if (bracketed !== null && !/[=;]/.test(inner))
    return alone.test(inner) || (said(inner) && inner.split(/\s+/).length <= mostWords);
  if (language === 'markdown' || language === 'text') {
    return /^(?:the )?(?:rest|remainder) of (?:the |this )?(?:file|document|readme|page) (?:is |remains |stays )?(?:unchanged|the same|as before)\W*$/i.test(
      line,
    );
  }
  return /^(?:the )?rest of (?:the |this )?(?:file|code|class|function|component)\b[^=;{}()]*$/i.test(line);
}

function weightOfComment(comment: string, dotsSuffice: boolean): Weight {
  const text = comment.trim();
  if (/^(?:\.{3,}|…)$/u.test(text)) return dotsSuffice ? 'sure' : 'none';
  if (/\b(?:todo|fixme|xxx|hack)\b/i.test(text)) return 'none';
  const words = text.split(/\s+/).length;
  if (words > mostWords) return 'none';
  if (alone.test(text)) return 'sure';
  if (said(text)) {
    if (dots.test(text) || saidElsewhere.test(text) || onlyRest.test(text)) return 'sure';
    const isSure = /for brevity/i.test(text) || (opensWithRest.test(text) && leavesItThere.test(text));
    return isSure ? 'sure' : words <= 9 ? 'likely' : 'none';
  }
  const inner = /^[([（]\s*(.*?)\s*[)\]）]$/u.exec(text)?.[1] ?? text;
  const opens = /^(?:\.{3,}|…)\s*[([（]?/u.test(inner);
  const closes = /(?:\.{3,}|…)\s*[)\]）]?$/u.test(inner);
  if (/[;={}]/.test(text)) return 'none';
  if ((opens || closes) && words <= 7 && hinted.test(text)) return 'sure';
  // In any language: dots on both sides of a few words, or before them and a blank.
  if (opens && closes && words > 2) return 'sure';
  if (/^(?:\.{3,}|…)\s+[([（]?\p{L}/u.test(inner)) return 'likely';
  return inner !== text && opensWithRest.test(inner) && leavesItThere.test(inner) ? 'sure' : 'none';
}

function said(text: string): boolean {
  return saidInEnglish.test(text) || saidElsewhere.test(text);
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
