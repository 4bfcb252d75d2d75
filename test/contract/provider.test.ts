import { createAnthropicProvider } from '../../server/providers/anthropic.ts';
import { createOpenAiCompatibleProvider } from '../../server/providers/openai-compatible.ts';
import { createOpenAiProvider } from '../../server/providers/openai.ts';
import type { ProviderSubject } from './provider-contract.ts';
import { providerContract } from './provider-contract.ts';
import { providerFaultContract } from './provider-fault-contract.ts';
import { providerRequestContract } from './provider-request-contract.ts';

const compatible = (['openrouter', 'ollama', 'compatible'] as const).map((name): ProviderSubject => ({
  name,
  wire: 'chat',
  create: (options) => createOpenAiCompatibleProvider({ name, ...options }),
}));

const subjects: readonly ProviderSubject[] = [
  { name: 'anthropic', wire: 'messages', create: createAnthropicProvider },
  { name: 'openai', wire: 'responses', create: createOpenAiProvider },
  ...compatible,
];

for (const subject of subjects) {
  providerContract(subject);
  providerFaultContract(subject);
  providerRequestContract(subject);
}
