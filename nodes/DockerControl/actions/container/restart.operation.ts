import { controlOperation } from './common.descriptions';

export const restart = controlOperation('restart', { interrupts: true, ends: true, starts: true });
