import { expect, test } from 'vitest';

import { refuseLeakingHeaders } from '../../server/providers/leaking-headers.ts';

const openRouter = { sdk: 'openai', baseUrl: 'https://openrouter.ai/api/v1' } as const;
const openAi = { sdk: 'openai', baseUrl: 'https://api.openai.com/v1' } as const;
const anthropic = { sdk: 'anthropic', baseUrl: 'https://api.anthropic.com' } as const;

test('custom headers of an SDK are refused where they would reach a third party', () => {
  const env = { OPENAI_CUSTOM_HEADERS: 'X-Secret: 1' };
  expect(() => refuseLeakingHeaders(env, [openAi, openRouter])).toThrow(
    'OPENAI_CUSTOM_HEADERS is set, and its headers would also be sent to openrouter.ai.',
  );
  const other = { sdk: 'anthropic', baseUrl: 'https://openai.com.example.org' } as const;
  expect(() => refuseLeakingHeaders({ ANTHROPIC_CUSTOM_HEADERS: 'a: b' }, [other])).toThrow('example.org');
  const lookalike = { sdk: 'openai', baseUrl: 'https://notopenai.com/v1' } as const;
  expect(() => refuseLeakingHeaders(env, [lookalike])).toThrow('notopenai.com');
});

test.for([
  [{ OPENAI_CUSTOM_HEADERS: 'X-Secret: 1' }, [openAi, anthropic]],
  [{ ANTHROPIC_CUSTOM_HEADERS: 'X-Secret: 1' }, [openRouter, anthropic]],
  [{ OPENAI_CUSTOM_HEADERS: ' ' }, [openRouter]],
  [{}, [openRouter]],
] as const)('they are not where they stay at home, or where another SDK speaks: %o', ([env, endpoints]) => {
  expect(() => refuseLeakingHeaders(env, endpoints)).not.toThrow();
});
