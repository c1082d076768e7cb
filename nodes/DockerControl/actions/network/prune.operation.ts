import { pruneOf } from '../prune';

export const prune = pruneOf('network', undefined, () => ({ networks: true }));
