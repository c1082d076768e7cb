import { writeFileSync } from 'node:fs';

import { inOwnThread } from '../../../src/backup';
import { Scope } from '../../support/scope';
import { errorOf, siteOf } from './stand';

/** The file that threads run. */
let mockFile = '';
jest.mock('../../../src/backup/threads/worker-file', () => ({ workerFile: () => mockFile }));

const site = siteOf({ www: '/nowhere/www' }, { backups: '/nowhere/backups' });

let scope: Scope;

beforeAll(async () => {
	scope = await Scope.open('broken-thread');
});
afterAll(() => scope.close());

/** What a thread does when it is told to start an operation. */
function onStart(statement: string): void {
	mockFile = scope.path('thread.js');
	writeFileSync(
		mockFile,
		`const { parentPort } = require('node:worker_threads');
		parentPort.on('message', ({ type, call }) => {
			if (type === 'end') parentPort.close();
			if (type === 'start') { ${statement} }
		});`,
	);
}

test.each([
	['ends early', 'process.exit(0)', 'The thread of the backups has ended early.'],
	['fails', 'throw new Error("out of memory")', 'out of memory'],
])(
	'operations whose thread %s are told, and the next one has a new thread',
	async (_, statement, message) => {
		// Only once the second one has come.
		onStart(`if (call === 2) { ${statement} }`);
		const [first, second] = await Promise.all([
			errorOf(inOwnThread.listSite(site, {}, {})),
			errorOf(inOwnThread.verifySite(site, {}, { restorePoint: 'latest' })),
		]);
		expect([first, second]).toEqual([
			expect.objectContaining({ message }),
			expect.objectContaining({ message }),
		]);
		onStart(`parentPort.postMessage({ type: 'result', call, result: 'fine' })`);
		expect(await inOwnThread.listSite(site, {}, {})).toBe('fine');
	},
);
