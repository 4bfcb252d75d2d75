import type { Command } from 'commander';
import { registerAudit } from './audit/register-audit.ts';
import { registerExport } from './export/register-export.ts';
import { registerImport } from './import/register-import.ts';
import type { CliContext } from './terminal/cli-context.ts';
import { registerTrace } from './trace/register-trace.ts';

/** Registers the commands for operators of a server: `export`, `import`, `trace` and `audit`. */
export function registerOperator(
  program: Command,
  done: (command: (context: CliContext) => Promise<number>) => Promise<void>,
): void {
  registerExport(program, done);
  registerImport(program, done);
  registerTrace(program, done);
  registerAudit(program, done);
}
