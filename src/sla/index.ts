export { readDuration, type DurationUnit } from './duration';
export { SlaError, type SlaErrorCode } from './errors';
export {
	explainDeadline,
	explainElapsed,
	tellExplanation,
	type Explanation,
	type NotCountedReason,
	type Piece,
	type ToldExplanation,
	type ToldPiece,
} from './explain';
export { calendarHolidays } from './holidays/calendar';
export type { Holiday, ImportedHolidays } from './holidays/holiday';
export { publicHolidays, type Region } from './holidays/public';
export type { Years } from './holidays/years';
export { formatInstant, readInstant } from './instant';
export { metrics, parsePolicy, type ClockKind, type Metric, type PolicyLayer } from './policy/definition';
export { planSteps, type Course, type Step } from './policy/ladder';
export { defaultTiers, layerNames, resolvePolicy, type LayerName, type Policy } from './policy/resolve';
export type { Hours, ScheduleDefinition, Weekday } from './schedule/definition';
export type { Interval } from './schedule/interval';
export type { ClosedReason, Closure } from './schedule/opening';
export { previewDays, type PreviewedDay } from './schedule/preview';
export { compileSchedule, readSchedule, type CompiledSchedule } from './schedule/schedule';
export { writtenDates, writtenHolidays, writtenHours } from './schedule/written';
export { advance, defaultSkewMs, type Advanced } from './timer/advance';
export {
	defaultRules,
	eventsOf,
	type AuthorRole,
	type ConversationStanding,
	type MessageCategory,
	type Occurrence,
	type TimerRules,
} from './timer/occurrence';
export {
	newTimer,
	type Cycle,
	type TimerEffect,
	type TimerEvent,
	type TimerState,
	type TimerStatus,
} from './timer/state';
export { dueSteps, explainTimer, standingOf, type DueStep, type TimerStanding } from './timer/steps';
export { Watch, type Claim, type DueEvents, type WatchOptions } from './watch/watch';
export * from './store';
