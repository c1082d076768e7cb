export { EventQueue, type QueueLimits, type Waiting } from './event-queue';
export { QueueWorker, type HandedOver, type StoreVerdict, type WorkerOptions } from './worker';
