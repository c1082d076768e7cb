export {
	decideOutbox,
	getOutbox,
	replayOutbox,
	type OutboxDecision,
	type OutboxQuery,
	type ReplayQuery,
} from './decide';
export { enqueue, type Enqueued, type EnqueueOptions } from './enqueue';
export { outboxStates, type OutboxEntry } from './entry';
export { PartlySentError, sendNow, type SendNowOptions, type SentNow } from './send-now';
export { sendDue, type DueReport, type SendDueOptions, type TimerNews } from './send-due';
export { noteMembership, noteOptOut, optOutOf, permitted, setSendStop, type SendStop } from './stops';
