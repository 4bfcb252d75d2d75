import { type Command, InvalidArgumentError } from 'commander';
import type { Expect, StartFrom } from '@stagewire/client';
import { exitCodesHelp } from '../terminal/exit-codes.ts';
import {
  amount,
  append,
  effortPair,
  list,
  modelPair,
  modelRef,
  pair,
  runDefault,
  tokenCount,
  tokensPair,
  wholeNumber,
} from './option-parsers.ts';
import { parseExpect } from './parse-expect.ts';
import { parseFrom } from './parse-from.ts';

/** Adds the options of a start. */
export function withStart(command: Command): Command {
  return command
    .option(
      '--from <run[:stage[.attempt]]>',
      'start from a run that has ended: RUN is a follow-up of a completed run and a rerun of a failed one; :STAGE ' +
        'reruns from that stage; .ATTEMPT continues the text of that attempt. What is left out is that of RUN',
      fromOf,
    )
    .option(
      '--roles <roles>',
      'the roles of the run, e.g. architect,coder,reviewer (default: all except tester)',
      list,
    )
    .option('--with-tester', 'add the tester, which is not part of a run by default')
    .option('--max-refinements <n>', 'maximum number of refinement stages', wholeNumber)
    .option(
      '--model <ref>',
      'the model: provider/name, or rehearsal (the built-in simulated model)',
      modelRef,
    )
    .option('--model-for <role=ref>', 'the model of one role; may be repeated', modelPair)
    .option(
      '--effort <role=level>',
      'reasoning effort: low, medium or high; role=level for one role, level alone for all roles; may be repeated',
      effortPair,
    )
    .option(
      '--max-output-tokens <role=n>',
      'output token limit, reasoning included; role=n for one role, n alone for all roles; may be repeated',
      tokensPair,
    )
    .option(
      '--max-tokens <n>',
      'budget of the run: input and output tokens of all attempts; at the limit the run fails and keeps its text',
      tokenCount,
    )
    .option(
      '--max-cost <amount>',
      'budget of the run in the currency of the server, e.g. 0.50; requires a price list on the server',
      amount,
    )
    .option('--file <path>', 'a text file to include in the prompts of all roles; may be repeated', append)
    .option('--instruct <text>', 'an instruction for all roles')
    .option('--instruct-for <role=text>', 'an instruction for one role; may be repeated', pair)
    .option('--label <name=value>', 'a label of the run; may be repeated', pair)
    .option('--owner <owner>', 'the owner of the run (default: your first owner; with --from that of RUN)');
}

/** Adds the options of what shows a run. */
export function withView(command: Command): Command {
  return command
    .option('--json', 'print only the events, each as one line of JSON')
    .option('--raw', 'also print the reviewer’s raw JSON, not only its issues')
    .option('--no-reasoning', 'do not show reasoning')
    .option('--no-keys', 'do not read keys from the terminal, and do not list them')
    .option('--out <folder>', 'save the files in this folder when the run has ended')
    .option('--force', 'with --out: use a folder that is not empty, and replace files that are there');
}

/** Adds the options of a command to a run. */
export function withCommand(command: Command): Command {
  return command
    .option('--run <runId>', runDefault)
    .option(
      '--expect <what>',
      'reject the command unless this role, stage (2), or stage and attempt (2.1) is current; any: never reject it for ' +
        'that reason (default: the stage that is current when the command starts)',
      expectOf,
    )
    .option('--no-wait', 'do not wait for the outcome')
    .option('--json', 'print the receipt and the outcome as one line of JSON')
    .addHelpText('after', exitCodesHelp);
}

function fromOf(text: string): StartFrom {
  const from = parseFrom(text);
  if (from === undefined) {
    throw new InvalidArgumentError(
      'Expected a run (run_…), with a stage (run_…:2), or an attempt (run_…:2.1).',
    );
  }
  return from;
}

function expectOf(text: string): Expect {
  const expect = parseExpect(text);
  if (expect === undefined) {
    throw new InvalidArgumentError('Expected any, a role, a stage (2), or a stage and attempt (2.1).');
  }
  return expect;
}
