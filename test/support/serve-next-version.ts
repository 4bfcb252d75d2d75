import { serve } from '../../server/serve.ts';
import { nextBuild } from './next-version.ts';

// The server as a later version has it: a program of its own, for tests of upgrades.
process.exitCode = await serve({ build: nextBuild });
