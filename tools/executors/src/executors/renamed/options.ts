import { z } from 'zod';

export const renamedOptions = z
  .looseObject({
    oldName: z.string().describe('the old name of the target; set by the plugin'),
    newName: z.string().describe('its new name; set by the plugin'),
  })
  .describe('Runs a target by its old name, which will be removed in the next release.');
