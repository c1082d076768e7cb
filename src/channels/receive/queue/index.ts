export { EventQueue, type QueueLimits } from './event-queue';
export type { Waiting } from './names';
export { QueueWorker, type HandedOver, type StoreVerdict, type WorkerOptions } from './worker';
