import OpenAI from 'openai';
import { providerUrl } from './bench-child.mjs';

const client = new OpenAI({ apiKey: 'bench', baseURL: providerUrl, maxRetries: 0 });

/** The text of an answer as it comes, for the peers that have no model calls of their own: the official SDK's loop. */
export async function readProvider(model, signal, onText) {
  try {
    const messages = [{ role: 'user', content: 'go' }];
    const stream = await client.chat.completions.create({ model, messages, stream: true }, { signal });
    for await (const chunk of stream) {
      const text = chunk.choices[0]?.delta.content;
      if (text) onText(text);
    }
  } catch (error) {
    if (!signal.aborted) console.error(`${model}: ${error.message}`);
  }
}
