import { controlOperation } from './common.descriptions';

export const unpause = controlOperation('unpause', { interrupts: false, ends: false });
