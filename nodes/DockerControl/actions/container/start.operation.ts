import { controlOperation } from './common.descriptions';

export const start = controlOperation('start', { interrupts: false, ends: false, starts: true });
