export type { ReportedImage } from './images';
export type { UpdateWay } from './marks';
export { recoverUpdates, type RecoveredUpdate } from './recover';
export type { UpdateOptions, UpdateResult } from './result';
export { updateContainer } from './update';
export { refuseRolledBack } from './verdict';
