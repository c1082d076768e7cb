export type { BackupFigures, DestinationFigures } from './figures';
export { backupMetrics } from './metrics';
export { backupFiguresOf, type FiguresOptions } from './read-figures';
export {
	siteBackupStates,
	siteBackupStatus,
	type DestinationState,
	type StatesContext,
	type StatesOptions,
} from './site-states';
