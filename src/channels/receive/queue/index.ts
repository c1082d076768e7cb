export { Batches, type Batch, type BatchOptions } from './batches';
export { EventQueue, type QueueLimits } from './event-queue';
export { Gathering, NotStarted, type GatheringOptions } from './gathering';
export type { Waiting } from './names';
export { QueueWorker, type HandedOver, type StoreVerdict, type WorkerOptions } from './worker';
