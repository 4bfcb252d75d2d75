/** The category of a finish reason of any model or gateway. */
export type FinishCategory = 'stop' | 'length' | 'tool' | 'filter' | 'error' | 'aborted' | 'other';

const categories: readonly (readonly [RegExp, FinishCategory])[] = [
  [/^(?:stop|end_?turn|stop_?sequence|eos(?:_token)?|end|completed?|done|finished|stop_token)$/, 'stop'],
  [
    /^(?:length|max_?tokens?|max_?(?:output|new|completion)_?tokens?|model_?length|token_?limit|error_limit|max_?length|(?:model_)?context_?(?:window|length)(?:_exceeded|_limit)?)$/,
    'length',
  ],
  [/tool|function/, 'tool'],
  [
    /filter|safety|recitation|blocklist|prohibited|spii|refus|guardrail|sensitive|moderation|toxic|blocked|^content_?policy/,
    'filter',
  ],
  [/^(?:abort|aborted|cancel|cancelled|canceled)$/, 'aborted'],
  [/error|insufficient_system_resource|^unavailable$|^overloaded$/, 'error'],
];

/** `MAX_TOKENS`, `max-tokens` and `length` are the same; an unknown reason is `other`. */
export function finishCategoryOf(reason: string): FinishCategory {
  const plain = reason
    .trim()
    .toLowerCase()
    .replaceAll(/[\s-]+/g, '_');
  return categories.find(([pattern]) => pattern.test(plain))?.[1] ?? 'other';
}
