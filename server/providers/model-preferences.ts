import type { RemoteName } from './provider-settings.ts';

/**
 * Which of a provider's models is used when STAGEWIRE_MODEL is not set: the first pattern that matches any of them;
 * among its matches the highest version, which is in the pattern's groups; of equal versions the shortest id; else
 * the provider's own order. This is the only file that names models: change it freely.
 */
export const modelPreferences: Readonly<Record<RemoteName, readonly RegExp[]>> = {
  anthropic: [
    /^claude-sonnet-(\d{1,2})(?:-(\d{1,2}))?(?:-\d{8})?$/,
    /^claude-opus-(\d{1,2})(?:-(\d{1,2}))?(?:-\d{8})?$/,
    /^claude-haiku-(\d{1,2})(?:-(\d{1,2}))?(?:-\d{8})?$/,
    /^claude-fable-(\d{1,2})(?:-(\d{1,2}))?(?:-\d{8})?$/,
  ],
  openai: [
    /^gpt-(\d{1,2})(?:\.(\d{1,2}))?-sol$/,
    /^gpt-(\d{1,2})(?:\.(\d{1,2}))?$/,
    /^gpt-(\d{1,2})(?:\.(\d{1,2}))?-(?:terra|luna|astra)$/,
    /^gpt-(\d{1,2})(?:\.(\d{1,2}))?-mini$/,
  ],
  openrouter: [
    /^anthropic\/claude-sonnet-(\d{1,2})(?:\.(\d{1,2}))?$/,
    /^openai\/gpt-(\d{1,2})(?:\.(\d{1,2}))?(?:-sol)?$/,
    /^google\/gemini-(\d{1,2})(?:\.(\d{1,2}))?-pro(?:-preview)?$/,
    /^anthropic\/claude-(?:opus|haiku)-(\d{1,2})(?:\.(\d{1,2}))?$/,
  ],
  ollama: [/coder|codestral|devstral/, /^(?:gpt-oss|qwen|llama|mistral|gemma|deepseek)/, /./],
  compatible: [/coder|codestral|devstral/, /./],
};

/** Models that do not generate text from text, by words in their ids. Never used, whatever pattern they match. */
export const unsuitableModels =
  /embed|rerank|moderation|guard|whisper|audio|speech|tts|transcribe|realtime|image|dall-e|video|sora|ocr|vision|bge-|minilm/i;
