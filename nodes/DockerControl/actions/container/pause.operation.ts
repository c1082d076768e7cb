import { controlOperation } from './common.descriptions';

export const pause = controlOperation('pause', { interrupts: true, ends: false });
