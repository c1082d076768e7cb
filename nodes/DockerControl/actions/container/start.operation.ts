import { controlOperation } from './common.descriptions';

export const start = controlOperation('start', false);
