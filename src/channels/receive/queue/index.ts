export { EventQueue, type QueueLimits } from './event-queue';
export { Gathering, type GatheringOptions } from './gathering';
export type { Waiting } from './names';
export { QueueWorker, type HandedOver, type StoreVerdict, type WorkerOptions } from './worker';
