import { projectOperation } from './common.descriptions';

export const start = projectOperation('start');
