import { projectOperation } from './common.descriptions';

export const restart = projectOperation('restart');
