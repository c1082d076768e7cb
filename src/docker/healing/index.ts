export type { AlertKind, Decision, HealAction, HealReason, ReleaseReason } from './decision';
export { judge, judgeFollower, noteOutcome, type Judgement, type Situation } from './judge';
export type { Condition, Hold, Observation, StoppedBy } from './observation';
export { backoffMs, defaultPolicy, parsePolicy, type HealPolicy, type PolicyInput } from './policy';
export type { HealRecord } from './record';
export { healContainers, type HealOptions, type HealReport } from './heal';
export { maintenanceAt, parseWindows, type MaintenanceWindow } from './maintenance';
export { healLabel } from './observe';
export type { HealResult } from './result';
