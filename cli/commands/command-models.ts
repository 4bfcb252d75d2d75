import type { CliContext } from '../terminal/cli-context.ts';
import { connectTo } from '../terminal/connect-to.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import { jsonLine } from '../render/json-line.ts';
import { modelLines } from '../render/render-models.ts';

/** `models`: the models that runs can name, by provider. */
export async function commandModels(
  context: CliContext,
  { json }: { readonly json?: boolean },
): Promise<number> {
  await using client = await connectTo(context);
  const list = await client.models();
  const lines = json === true ? [jsonLine(list)] : modelLines(list, context.paint);
  await context.screen.write(`${lines.join('\n')}\n`);
  return exitCodes.done;
}
