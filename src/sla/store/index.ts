export type { ConversationFacts, PlannedStep, StoredTimer } from './answers';
export { settleClosed, type AppliedEvent, type KnownStanding } from './change';
export {
	acknowledge,
	claimDue,
	giveBack,
	renew,
	type Claimed,
	type ClaimOptions,
	type HandedOver,
	type LostEvent,
} from './due';
export { readTargets, type SlaEvent, type SlaTarget } from './event';
export {
	importSlaRows,
	slaImportTables,
	type SlaImported,
	type SlaImportOptions,
	type SlaImportProblem,
	type SlaImportTable,
} from './import';
export type { ConversationName, ScheduleName } from './names';
export {
	deletePolicy,
	getPolicies,
	resolveFor,
	savePolicy,
	type OpenTimers,
	type PolicyInput,
	type PolicyKey,
	type Resolved,
	type StoredPolicy,
} from './policies';
export { recompute, type Recomputed, type RecomputeOptions, type StepDifference } from './recompute';
export {
	deleteSchedule,
	getSchedule,
	getSchedules,
	importHolidays,
	saveSchedule,
	type HolidayImport,
	type SavedSchedule,
	type ScheduleInput,
	type ScheduleSummary,
	type StoredSchedule,
} from './schedules';
export {
	applyToTimer,
	explainStoredTimer,
	getTimer,
	getTimers,
	noteOccurrence,
	type ExplainedTimer,
	type OccurrenceOptions,
	type OutsideEvent,
	type TimerChange,
	type TimerQuery,
} from './timers';
