export { Access, type ContainerAction } from './access';
export * from './audit';
export * from './compose';
export type { ChangeOptions } from './change-options';
export { endpoint, parseConnection, type AccessLevel, type EngineConnection } from './connection';
export type { FileChange } from './container/changes';
export type { KillOptions, KillResult } from './container/kill';
export type { LimitChanges, Limits, LimitsResult, RestartPolicy } from './container/limits';
export type { NamedStats, StatsOutcome } from './container/measure';
export type { ContainerProcess, ProcessList } from './container/processes';
export type { RemoveOptions, RemoveResult } from './container/remove';
export type { RenameResult } from './container/rename';
export { awaitedStates, type AwaitedState, type WaitOptions, type WaitResult } from './container/wait';
export { Containers } from './containers';
export type { ActionOptions, ActionResult } from './control';
export type { CopiedFrom, CopyFromOptions, CopyToOptions, CopyToResult } from './copy';
export type { CreateOptions, CreateResult, NewContainerInput } from './create';
export { Engine, type EngineRequest } from './engine';
export { DockerError, type DockerErrorCode } from './errors';
export type { Execution, ExecOptions, ExecResult } from './exec';
export * from './events';
export { killedExitCode } from './exit-codes';
export { isRuntimeText, parseCommand, type ExecuteOptions, type ExecuteResult } from './execute';
export type { Frame } from './frames';
export * from './healing';
export { Helper } from './helper';
export { helperFolder, type HelperMount, type HelperOptions } from './helper-container';
export { HelperProgram } from './helper-program';
export { Images } from './image-operations';
export type { ImageFilter, PullResult, RemoveImageResult, TagResult } from './image-results';
export type { ImageDetails, ImageSummary } from './image-summary';
export { findImage, getImage, imageNames } from './images';
export { inspectMany, type InspectManyOptions } from './inspect-many';
export type { ContainerFilter } from './list';
export { lookAtContainer, lookAtProject, type ContainerLook, type ProjectLook } from './look';
export type { LogLine } from './log-lines';
export type { LogOptions, LogResult } from './logs';
export type { ContainerDependency, ManagedContainer } from './managed';
export type { OwnTraces } from './own-container';
export { maskedValues } from './masking';
export type { NetworkDefinition } from './network-changes';
export type { NetworkSummary } from './network-summary';
export { Networks, type CreateNetworkResult, type NetworkFilter, type RemoveNetworkResult } from './networks';
export { usersOfHostPath } from './mount-users';
export { helperLabel, throwawayLabel } from './own-labels';
export { ContainerPrograms } from './programs';
export { ProgramsContainer, type ProgramsContainerOptions } from './programs-container';
export * from './prune';
export { protectedContainers, protectedLabel, type ProtectionOptions } from './protected';
export { refuseProtected, type ProtectionOverride } from './protection';
export { ReadMemories } from './read-memories';
export { describeAccess, reportAccess, type AccessReport } from './report';
export { awaitedHealthy, circlesAmong, startOrder, type Dependent } from './start-order';
export type { ContainerStats } from './stats';
export {
	containerStates,
	healthStates,
	type ContainerDetails,
	type ContainerSummary,
	type Health,
} from './summary';
export { System, type DiskUsage, type PingResult, type SystemInfo, type UsageOf } from './system';
export { imageOf, sweepThrowaways, Throwaway, type ThrowawayOptions } from './throwaway';
export { mayStillComeAbout } from './uncertain';
export * from './update';
export type { VolumeSummary } from './volume-summary';
export {
	Volumes,
	type CreateVolumeResult,
	type RemoveVolumeResult,
	type VolumeDetails,
	type VolumeFilter,
	type VolumeListOptions,
	type VolumeUser,
} from './volumes';
