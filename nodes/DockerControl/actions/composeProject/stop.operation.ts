import { projectOperation } from './common.descriptions';

export const stop = projectOperation('stop');
