export { StateError, type StateErrorCode } from './errors';
export { FileStateStore } from './file-state-store';
export { StateKeeper } from './keeper';
export { n8nStateFolder, stateFolderVariable } from './n8n-folder';
export { openStateFolder, sharedStateVariable } from './open';
export type { StateDocument, StateStore } from './state-store';
