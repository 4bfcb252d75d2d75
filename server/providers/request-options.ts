/**
 * Options of a request that an endpoint may reject, in addition to the form of JSON and the request for reasoning.
 * `system`: a separate system text, else it precedes the first message; `adaptive`: thinking whose length the model
 * chooses, else it gets a budget; `max_tokens`: the limit under this name, else as `max_completion_tokens`, and
 * without both no limit is sent.
 */
export type RequestOption =
  | 'stream_options'
  | 'include_obfuscation'
  | 'store'
  | 'effort'
  | 'adaptive'
  | 'system'
  | 'cache_control'
  | 'prompt_cache_key'
  | 'max_tokens'
  | 'max_completion_tokens';

/** How an error names each of them. */
const names: Readonly<Record<RequestOption, RegExp>> = {
  stream_options: /stream_options|include_usage/i,
  include_obfuscation: /include_obfuscation/i,
  store: /(?:^|[^\w-])store(?:$|[^\w-])/i,
  effort: /effort|output_config(?!\.format)|not support (?:thinking|reasoning)/i,
  adaptive: /adaptive/i,
  system:
    /system[ _-]?(?:role|message|prompt|instruction)|['"`]system['"`]|role[^.]{0,40}\bsystem\b|\bsystem\b[^.]{0,20}\brole|developer instruction|roles must alternate|only user[^.]{0,40}roles?|\binstructions\b/i,
  cache_control: /cache_control/i,
  prompt_cache_key: /prompt_cache_key/i,
  max_tokens: /max_tokens/i,
  max_completion_tokens: /max_completion_tokens/i,
};

const NOT_TAKEN =
  /not (?:enabled|supported|permitted|allowed|recognized|accepted|available|implemented|valid|a valid)|n['’]t (?:support|allow|accept)|unsupported|unknown|unrecognized|unexpected|extra (?:inputs|fields|parameters|_?forbidden)|extra_forbidden|additional propert|no such (?:parameter|field|option)|invalid (?:parameter|field|argument|role|value|type)|must (?:alternate|be (?:user|one of|either))|only supports|only user|does not (?:support|accept|allow)|use ['"`]?max_completion_tokens/i;

/** Left out first when an error reports an unexpected field without naming it. */
const extras: readonly RequestOption[] = [
  'stream_options',
  'include_obfuscation',
  'store',
  'effort',
  'cache_control',
  'prompt_cache_key',
];
const SOMETHING_EXTRA =
  /extra (?:inputs|fields|parameters)|extra_forbidden|additional propert|unknown (?:parameter|field|name|argument)|unrecognized (?:request )?(?:parameter|field|argument)|unexpected (?:parameter|field|keyword|property)/i;

/** The options in a request that its rejection is about; none if the error does not say. */
export function namedOptions(text: string, present: readonly RequestOption[]): readonly RequestOption[] {
  const named = present.filter((option) => names[option].test(text));
  const [first] = named;
  if (first !== undefined) return choose(named, text);
  return SOMETHING_EXTRA.test(text) &&
    !/response_format|json_schema|output_config|thinking|reasoning/i.test(text)
    ? present.filter((option) => extras.includes(option))
    : [];
}

function choose(named: readonly RequestOption[], text: string): readonly RequestOption[] {
  // "max_tokens is not supported, use max_completion_tokens": the first one is the cause.
  if (named.includes('max_tokens') && named.includes('max_completion_tokens')) {
    if (!NOT_TAKEN.test(text)) return [];
    return text.search(/max_tokens/i) < text.search(/max_completion_tokens/i) || !/\bmax_tokens/i.test(text)
      ? ['max_tokens']
      : ['max_completion_tokens'];
  }
  // Words that also occur in other errors count as a name only if the error says that something is not supported.
  const loose: readonly RequestOption[] = [
    'store',
    'system',
    'max_tokens',
    'max_completion_tokens',
    'effort',
  ];
  return named.filter((option) => !loose.includes(option) || NOT_TAKEN.test(text));
}
