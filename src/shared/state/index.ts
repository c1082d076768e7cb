export { StateError, type StateErrorCode } from './errors';
export { FileStateStore } from './file-state-store';
export { StateKeeper } from './keeper';
export { n8nStateFolder, stateFolderVariable } from './n8n-folder';
export { SharedDocument, type SharedDocumentOptions } from './shared-document';
export { openStateFolder, sharedStateVariable } from './open';
export { assertKey, type StateDocument, type StateStore } from './state-store';
