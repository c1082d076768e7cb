export type { Card } from './card';
export { closeHandover, handBack, takeOver, type ChangedHandover, type HandoverChange } from './change';
export { deleteDesk, getDesks, isDesk, saveDesk, type Desk, type DeskInput } from './desks';
export { type Handover, type SendPlace } from './handover';
export type { DeskPlace } from './input';
export { getHandover, getHandovers, type HandoverDetail, type HandoverQuery } from './list';
export {
	notePosted,
	openHandover,
	type OpenedHandover,
	type OpenHandoverInput,
	type PostedInput,
} from './open';
export {
	operatorMessageOf,
	readOperatorMessage,
	type OperatorMessage,
	type OperatorMessageInput,
	type OperatorReason,
} from './operator-message';
