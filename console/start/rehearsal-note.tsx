import { Info } from 'lucide-react';

/** Explains that no model is called, and how to connect one. */
export function RehearsalNote() {
  return (
    <aside className="note" aria-label="About the model">
      <Info size={16} aria-hidden="true" />
      <div>
        <p>
          <strong>No model is connected.</strong> Runs use rehearsal, the built-in simulated model: it
          generates text from your task, so that you can watch and steer a run.
        </p>
        <details>
          <summary>Connect a model</summary>
          <p>Restart the server with an API key in the environment or in a .env file next to package.json:</p>
          <pre tabIndex={0} aria-label="Commands">{`ANTHROPIC_API_KEY=… npm start
OPENAI_API_KEY=… npm start
OPENROUTER_API_KEY=… npm start`}</pre>
          <p>
            Ollama at its default port is detected without a key. <code>STAGEWIRE_MODEL=provider/model</code>{' '}
            selects the model.
          </p>
        </details>
      </div>
    </aside>
  );
}
