import { controlOperation } from './common.descriptions';

export const stop = controlOperation('stop', { interrupts: true, ends: true });
