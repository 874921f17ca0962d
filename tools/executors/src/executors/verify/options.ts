import { z } from 'zod';
import { subjectOptions } from '../subject-options.ts';

export const strictOption = z
  .boolean()
  .optional()
  .describe('a check that could not run counts as a failure');

export const verifyOptions = z
  .strictObject({ ...subjectOptions, strict: strictOption })
  .describe('Proves the wheel that was built: nine checks, a table, report.json and report.md.');
