export { readDuration, type DurationUnit } from './duration';
export { SlaError, type SlaErrorCode } from './errors';
export type { Hours, ScheduleDefinition, Weekday } from './schedule/definition';
export type { Interval } from './schedule/interval';
export type { ClosedReason, Closure } from './schedule/opening';
export { compileSchedule, type CompiledSchedule } from './schedule/schedule';
